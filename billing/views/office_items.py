"""Payers of a run: the filtered list, one payer's calculation line by line, leaving out, and the preview as a file."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import content_disposition_header
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing import permissions, remarks
from billing.forms.runs import SHOW, ExcludeForm, ItemFilter
from billing.models import InvoiceRun, RunExclusion, RunItem
from billing.models.runs import ItemState, RunState
from billing.services import previewing
from billing.services.preparing import OPEN_STATES, RunError
from billing.views.office_runs import error_text, find, trail
from jasenpalvelu.audit.services import log_download, log_view
from jasenpalvelu.common import exports, feedback, keyset
from jasenpalvelu.common.exports import Column, Kind
from members.models import OrgUnit, Party
from members.requests import ScopedRequest
from members.searching import search_filter

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHIPS = {
    ItemState.READY: "",
    ItemState.ERROR: "danger",
    ItemState.NOTHING: "plain",
    ItemState.EXCLUDED: "plain",
}


@require_GET
def item_list(request: ScopedRequest, pk: int) -> HttpResponse:
    """The payers of a run by name, narrowed to what needs a look."""
    run = find(request, pk)
    form = ItemFilter(request.GET)
    items = filtered(run, form.wanted)
    page = keyset.from_query(
        items.defer("lines", "notes", "payer_data"), request.GET, order=["sort_key", "pk"]
    )
    kinds = remarks.basis_names()
    context = {
        "run": run,
        "form": form,
        "page": page,
        "rows": [(item, *_shown_state(run, item), _reasons(item, kinds)) for item in page.rows],
        "show": dict(SHOW).get(form.wanted.get("nayta", ""), ""),
        "narrowed": bool(form.wanted),
        "trail": trail(run=run),
    }
    return render(request, "office/billing/runs/items.html", context)


def filtered(run: InvoiceRun, wanted: dict[str, Any]) -> QuerySet[RunItem]:
    """Items of the run by what is typed and by what is asked to be shown; unknown words show all."""
    items = RunItem.objects.filter(run=run)
    if text := wanted.get("q"):
        condition = search_filter(text, contacts=False)
        if condition is not None:
            items = items.filter(Exists(Party.objects.filter(condition, pk=OuterRef("payer"))))
    show = wanted.get("nayta", "")
    states = {
        "virheet": ItemState.ERROR,
        "jatetyt": ItemState.EXCLUDED,
        "ei-laskutettavaa": ItemState.NOTHING,
    }
    if show in states:
        return items.filter(state=states[show])
    if show == "huomautukset":
        remarked = items.exclude(codes=[]).exclude(codes=[remarks.USUAL]).exclude(warnings=[])
        return remarked.exclude(state=ItemState.ERROR)
    if show == "nousut":
        show = "rise"
    return (
        items.exclude(codes=[]).filter(codes__contains=[show])
        if show in (remarks.ERRORS | remarks.WARNINGS | remarks.NOTES)
        else items
    )


@require_GET
def item(request: ScopedRequest, pk: int, item_pk: int) -> HttpResponse:
    """One payer's calculation: every line with its basis and beneficiary, remarks, comparison with last year."""
    run, found = _found(request, pk, item_pk)
    log_view(
        actor=request.user, party_id=found.payer_id, unit_id=run.creditor_id, classes="D", subject=run.title
    )
    units = {line["unit"] for line in found.lines} | {line["beneficiary"] for line in found.lines}
    kinds = remarks.basis_names()
    names = {unit.pk: unit.name for unit in OrgUnit.objects.filter(pk__in=units)}
    context = {
        "run": run,
        "item": found,
        "chip": _shown_state(run, found)[0],
        "state": _shown_state(run, found)[1],
        "lines": [
            {**line, "beneficiary_name": names[line["beneficiary"]], "unit_name": names[line["unit"]]}
            for line in found.lines
        ],
        "errors": [remarks.error_text(_named(remark, found), kinds) for remark in found.errors],
        "warnings": [remarks.warning_text(_named(remark, found)) for remark in found.warnings],
        "notes": [remarks.note_text(_named(remark, found)) for remark in found.notes],
        "exclusion": RunExclusion.objects.visible_to(request.scope)
        .filter(run=run, payer=found.payer_id)
        .select_related("actor")
        .first(),
        "open": run.state in OPEN_STATES and permissions.may_run(request.scope, run.creditor_id),
        "member_url": _member_url(request, found.payer_id),
        "trail": [*trail(run=run), (_("Payers"), reverse("office:run_items", args=[run.pk]))],
    }
    return render(request, "office/billing/runs/item.html", context)


@require_http_methods(["GET", "POST"])
def exclude(request: ScopedRequest, pk: int, item_pk: int) -> HttpResponse:
    """Leave a payer out of the run, with a reason."""
    run, found = _found(request, pk, item_pk, permissions.RUN)
    form = ExcludeForm(request.POST or None)
    back = reverse("office:run_item", args=[run.pk, found.pk])
    if form.is_valid():
        try:
            previewing.exclude(
                run=run, payer=found.payer, reason=form.cleaned_data["reason"], actor=request.user
            )
        except RunError as error:
            messages.error(request, error_text(error))
        else:
            undo = reverse("office:run_item_include", args=[run.pk, found.pk])
            feedback.done(request, _("%(name)s was left out.") % {"name": found.name}, undo=undo)
        return redirect(back)
    context = {
        "question": _("Leave %(name)s out of this run?") % {"name": found.name},
        "consequence": _(
            "No invoice is made for this payer now. The fees stay uncharged and can be billed in a later run."
        ),
        "deed": _("Leave out"),
        "cancel_url": back,
        "form": form,
    }
    return render(request, "office/confirm.html", context)


@require_POST
def include(request: ScopedRequest, pk: int, item_pk: int) -> HttpResponse:
    run, found = _found(request, pk, item_pk, permissions.RUN)
    try:
        previewing.include(run=run, payer=found.payer, actor=request.user)
    except RunError as error:
        messages.error(request, error_text(error))
    else:
        feedback.done(request, _("%(name)s is in the run again.") % {"name": found.name})
    return redirect("office:run_item", run.pk, found.pk)


@require_GET
def download(request: ScopedRequest, pk: int, form: str) -> HttpResponse | StreamingHttpResponse:
    """The preview as a file, one row for each payer; streamed, so that a large run begins at once."""
    run = find(request, pk)
    if form not in {"csv", "xlsx"}:
        raise Http404
    items = RunItem.objects.filter(run=run).defer("lines", "notes").order_by("sort_key", "pk")
    log_download(
        actor=request.user,
        subject=run.title,
        count=sum(run.summary.get("states", {}).values()),
        unit_id=run.creditor_id,
        classes="D",
    )
    name = content_disposition_header(as_attachment=True, filename=f"{run.title} {_('preview')}.{form}")
    response: HttpResponse | StreamingHttpResponse
    if form == "csv":
        lines = _csv(items.iterator(chunk_size=2000), get_language() or "fi")
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    else:
        file = io.BytesIO()
        exports.write_xlsx(items.iterator(chunk_size=2000), _columns(), file, sheet=run.title)
        response = HttpResponse(file.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = name
    return response


def _csv(items: Iterator[RunItem], language: str) -> Iterator[bytes]:
    """Lines of the file, in the reader's language also after the request has been answered."""
    with translation.override(language):
        yield codecs.BOM_UTF8
        yield from exports.csv_lines(items, _columns())


def _columns() -> list[Column]:
    kinds = remarks.basis_names()
    return [
        Column(_("Payer"), "name", width=32),
        Column(_("Member number"), lambda item: item.payer_data.get("number", "")),
        Column(_("Business ID"), lambda item: item.payer_data.get("y_tunnus", "")),
        Column(_("State"), lambda item: item.get_state_display()),
        Column(_("Sum, €"), "total", Kind.AMOUNT),
        Column(_("Last year, €"), "previous_total", Kind.AMOUNT),
        Column(_("Change, €"), "change", Kind.AMOUNT),
        Column(_("Remarks"), lambda item: " ".join(_reasons(item, kinds)), width=60),
    ]


def _found(
    request: ScopedRequest, pk: int, item_pk: int, capability: str = permissions.VIEW
) -> tuple[InvoiceRun, RunItem]:
    run = find(request, pk, capability)
    return run, get_object_or_404(RunItem.objects.filter(run=run).select_related("payer"), pk=item_pk)


def _shown_state(run: InvoiceRun, item: RunItem) -> tuple[str, str]:
    """The chip's look and words; in a run that is done, what was to be invoiced has been."""
    if run.state == RunState.ISSUED and item.state == ItemState.READY:
        return "done", _("Invoiced")
    return CHIPS[ItemState(item.state)], capfirst(item.get_state_display())


def _reasons(item: RunItem, kinds: Mapping[str, str]) -> list[str]:
    """Why the payer needs a look, in words."""
    errors = [remarks.error_text(remark, kinds) for remark in item.errors]
    return errors + [remarks.warning_text(remark) for remark in item.warnings]


def _named(remark: dict[str, Any], item: RunItem) -> dict[str, Any]:
    """The remark with the name of the component it is about, as printed on the line."""
    name = next((line["text"] for line in item.lines if line["component"] == remark.get("component")), "")
    return {**remark, "component_name": name}


def _member_url(request: ScopedRequest, party_id: int) -> str:
    """The member page of the payer, for those who see the payer there."""
    from django.urls import NoReverseMatch

    if not Party.objects.visible_to(request.scope).filter(pk=party_id).exists():
        return ""
    try:
        return reverse("office:member", args=[party_id])
    except NoReverseMatch:
        return ""
