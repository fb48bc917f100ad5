"""Invoice runs in the office: list, draft, preview, approval, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.db.models.fields.json import KT
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing import permissions
from billing.forms.runs import ApproveForm, RunForm, initial_of, moved_text
from billing.models import FeeTable, InvoiceRun
from billing.models.runs import RunState
from billing.presenting import Preview
from billing.printing import documents_of_run
from billing.services import approving, preparing
from billing.services.approving import StalePreview
from billing.services.preparing import RunError
from billing.wording import title_text
from jasenpalvelu.common import clock, feedback, keyset
from jasenpalvelu.common.dates import format_date, payable_on
from jasenpalvelu.common.identifiers import format_iban
from jasenpalvelu.common.keys import key_of
from jasenpalvelu.common.money import format_number
from jasenpalvelu.common.parts import Step
from jasenpalvelu.jobs.models import Job
from members.models import OrgUnit
from members.requests import ScopedRequest

CHIPS = {
    RunState.DRAFT: "",
    RunState.CALCULATING: "info",
    RunState.PREVIEW: "warn",
    RunState.ISSUING: "info",
    RunState.ISSUED: "done",
    RunState.CANCELLED: "plain",
}
STEP_OF = {
    RunState.DRAFT: 0,
    RunState.CALCULATING: 0,
    RunState.PREVIEW: 1,
    RunState.ISSUING: 3,
    RunState.ISSUED: 4,
}
# A fee is paid in a month unless the treasurer says otherwise.
USUAL_TERM = timedelta(days=28)


@require_GET
def run_list(request: ScopedRequest) -> HttpResponse:
    _need(request, permissions.VIEW)
    # The summary of a large run is long; of it the list needs two numbers.
    runs = InvoiceRun.objects.visible_to(request.scope).select_related("creditor").defer("summary")
    runs = runs.annotate(made=KT("summary__count"), sum=KT("summary__total"))
    page: keyset.Page[Any] = keyset.from_query(runs, request.GET, order=["-created_at", "-pk"])
    context = {
        "page": page,
        "rows": [(run, CHIPS[RunState(run.state)], int(run.made or 0), run.sum) for run in page.rows],
        "may_run": request.scope.can(permissions.RUN, classes="D"),
        "trail": trail(),
    }
    return render(request, "office/billing/runs/list.html", context)


@require_http_methods(["GET", "POST"])
def run_new(request: ScopedRequest) -> HttpResponse:
    """A new run: first whose account receives the money, then what is billed."""
    _need(request, permissions.RUN)
    creditors = permissions.creditors(request.scope)
    creditor = _creditor(request)
    context: dict[str, Any] = {"creditor": creditor, "trail": trail(runs=True)}
    if creditor is None or not _with_account(creditor):
        context |= {"creditors": creditors, "account_url": _account_url(request, creditor)}
        return render(request, "office/billing/runs/creditor.html", context)
    form = _run_form(request, creditor, initial=_usual(creditor))
    if form is None:
        return render(
            request, "office/billing/runs/creditor.html", {**context, "creditors": creditors, "nobody": True}
        )
    if form.is_valid():
        try:
            run = preparing.create_run(creditor=creditor, plan=form.plan, actor=request.user)
        except RunError as error:
            form.add_error(None, error_text(error))
        else:
            _tell_moved(request, form, run)
            return _calculate(request, run)
    context |= {"form": form, "several": creditors.count() > 1, "account": format_iban(creditor.iban)}
    return render(request, "office/billing/runs/form.html", context)


@require_http_methods(["GET", "POST"])
def run_edit(request: ScopedRequest, pk: int) -> HttpResponse:
    """Change a run that nobody has approved; its preview is thrown away and calculated anew."""
    run = find(request, pk, permissions.RUN)
    form = _run_form(request, run.creditor, initial=initial_of(run))
    if form is None or run.state not in preparing.OPEN_STATES:
        raise Http404
    if form.is_valid():
        try:
            run = preparing.change_run(run=run, plan=form.plan, actor=request.user)
        except RunError as error:
            form.add_error(None, error_text(error))
        else:
            _tell_moved(request, form, run)
            return _calculate(request, run)
    context = {
        "form": form,
        "run": run,
        "creditor": run.creditor,
        "account": format_iban(run.creditor.iban),
        "trail": trail(run=run),
    }
    return render(request, "office/billing/runs/form.html", context)


@require_GET
def run(request: ScopedRequest, pk: int) -> HttpResponse:
    """The run as it stands: draft, preview to approve, being numbered, or done."""
    found = find(request, pk)
    return render(request, "office/billing/runs/run.html", _run_context(request, found))


def _run_context(request: ScopedRequest, found: InvoiceRun, **more: Any) -> dict[str, Any]:
    may_run = permissions.may_run(request.scope, found.creditor_id)
    job = Job.objects.filter(pk=found.job_id).first() if found.job_id else None
    return {
        "run": found,
        "preview": Preview(found),
        "chip": CHIPS[RunState(found.state)],
        "steps": _steps(found),
        "step": STEP_OF.get(RunState(found.state), 0),
        "job": job,
        "job_alive": job is not None and job.is_active,
        "unit_count": len(found.units),
        "may_run": may_run,
        "documents": documents_of_run(found) if may_run and found.state == RunState.ISSUED else None,
        "may_approve": may_run and found.state == RunState.PREVIEW,
        "form": ApproveForm(initial={"hash": found.preview_hash}),
        "trail": trail(runs=True),
        **more,
    }


@require_POST
def calculate(request: ScopedRequest, pk: int) -> HttpResponse:
    return _calculate(request, find(request, pk, permissions.RUN))


@require_POST
def approve(request: ScopedRequest, pk: int) -> HttpResponse:
    """Approve what was looked at. A stale preview is shown again with what has changed since."""
    found = find(request, pk, permissions.RUN)
    form = ApproveForm(request.POST)
    if not form.is_valid():
        return render(
            request, "office/billing/runs/run.html", _run_context(request, found, form=form), status=422
        )
    try:
        done = approving.approve(
            run=found, preview_hash=form.cleaned_data["hash"], actor=request.user, at=clock.now()
        )
    except StalePreview as error:
        context = _run_context(request, found, stale=stale_texts(error.parts))
        return render(request, "office/billing/runs/run.html", context, status=409)
    except RunError as error:
        messages.error(request, error_text(error))
        return redirect("office:run", found.pk)
    return redirect("office:job", done.job.pk)


@require_POST
def resume(request: ScopedRequest, pk: int) -> HttpResponse:
    found = find(request, pk, permissions.RUN)
    try:
        job = approving.resume(run=found, actor=request.user)
    except RunError as error:
        messages.error(request, error_text(error))
        return redirect("office:run", found.pk)
    return redirect("office:job", job.pk)


@require_POST
def reopen(request: ScopedRequest, pk: int) -> HttpResponse:
    found = find(request, pk, permissions.RUN)
    return _act(
        request,
        found,
        lambda: preparing.reopen_run(run=found, actor=request.user),
        _("The run is a draft again."),
    )


@require_http_methods(["GET", "POST"])
def cancel(request: ScopedRequest, pk: int) -> HttpResponse:
    """Give up a run before it is approved."""
    found = find(request, pk, permissions.RUN)
    if request.method == "POST":
        return _act(
            request,
            found,
            lambda: preparing.cancel_run(run=found, actor=request.user),
            _("The run was cancelled."),
        )
    context = {
        "question": _("Cancel the run %(title)s?") % {"title": title_text(found.title)},
        "consequence": _("No invoice has been made and no number used. The calculation is thrown away."),
        "deed": _("Cancel the run"),
        "danger": True,
        "cancel_url": reverse("office:run", args=[found.pk]),
    }
    return render(request, "office/confirm.html", context)


# --- shared with the pages of items -----------------------------------------------------------------------------------
def find(request: ScopedRequest, pk: int, capability: str = permissions.VIEW) -> InvoiceRun:
    """The run if the person sees it with the capability; its sums are of named people, so class D is needed."""
    runs = InvoiceRun.objects.filter(request.scope.unit_filter("creditor", capability, "D"))
    return get_object_or_404(runs.select_related("creditor", "approved_by"), pk=pk)


def trail(*, runs: bool = False, run: InvoiceRun | None = None) -> list[tuple[str, str]]:
    found = [(_("Invoicing"), reverse("office:billing"))]
    if runs or run:
        found.append((_("Invoice runs"), reverse("office:runs")))
    if run:
        found.append((title_text(run.title), reverse("office:run", args=[run.pk])))
    return found


def error_text(error: RunError) -> str:
    texts = {
        "no_iban": _("The creditor has no valid Finnish account number. Invoices cannot be paid without it."),
        "no_units": _("Choose at least one association."),
        "no_table": _("No fee table of this year has been decided. Enter the decision first."),
        "not_open": _("The run has been approved or cancelled already."),
        "busy": _("The run is being calculated. Wait until it is ready."),
        "nothing": _("The run would make no invoices."),
        "not_item": _("The payer is not in this run."),
    }
    return texts[error.code]


def stale_texts(parts: list[str]) -> list[str]:
    """What has changed since the preview, in words; several parts may say the same."""
    texts = {
        "memberships": _("memberships or exemptions"),
        "types": _("types of member"),
        "links": _("who pays for whom, or family"),
        "holdings": _("holdings"),
        "bases": _("hectares or other fee bases"),
        "payers": _("names or business IDs"),
        "members": _("names or business IDs"),
        "contacts": _("addresses"),
        "tables": _("fee tables"),
        "invoices": _("invoices made by another run"),
        "tree": _("the structure of the federation"),
        "preview": _("the calculation itself"),
    }
    return list(dict.fromkeys(texts[part] for part in parts))


# --- small steps ------------------------------------------------------------------------------------------------------
def _need(request: ScopedRequest, capability: str) -> None:
    if not request.scope.can(capability, classes="D"):
        raise Http404


def _creditor(request: ScopedRequest) -> OrgUnit | None:
    """The unit chosen in the address, else one's own, else the only one there is."""
    creditors = permissions.creditors(request.scope)
    wanted = request.GET.get("velkoja", "")
    if wanted:
        return get_object_or_404(creditors, pk=key_of(wanted))
    own = request.scope.unit
    return creditors.filter(pk=own.pk).first() if own else creditors.first()


def _with_account(creditor: OrgUnit) -> bool:
    try:
        preparing.check_creditor(creditor)
    except RunError:
        return False
    return True


def _account_url(request: ScopedRequest, creditor: OrgUnit | None) -> str:
    """Where the account number is written, for those who may."""
    from django.urls import NoReverseMatch

    if creditor is None or not request.scope.can("billing.settings", creditor.pk):
        return ""
    try:
        return reverse("office:unit_billing", args=[creditor.pk])
    except NoReverseMatch:
        return ""


def _run_form(request: ScopedRequest, creditor: OrgUnit, *, initial: dict[str, Any]) -> RunForm | None:
    """The form with the associations the creditor may bill; None when there are none."""
    units = [(unit.pk, unit.name) for unit in permissions.billable_units(creditor, clock.today())]
    if not units:
        return None
    initial.setdefault("units", [str(pk) for pk, _name in units])
    tables = FeeTable.objects.filter(unit__in=[creditor.pk, *(pk for pk, _name in units)])
    instalments = tables.filter(instalment_threshold__isnull=False).exists()
    return RunForm(request.POST or None, initial=initial, units=units, instalments=instalments)


def _usual(creditor: OrgUnit) -> dict[str, Any]:
    """Sensible dates for the year whose table was decided last."""
    today: date = clock.today()
    latest = FeeTable.objects.filter(unit=creditor, decided_on__isnull=False).order_by("-year").first()
    year = latest.year if latest else today.year
    return {
        "title": _("Membership fees %(year)s") % {"year": year},
        "year": year,
        "basis_date": today,
        "invoice_date": today,
        "due_date": payable_on(today + USUAL_TERM),
    }


def _tell_moved(request: ScopedRequest, form: RunForm, run: InvoiceRun) -> None:
    asked = form.cleaned_data
    for text in (
        moved_text(asked["due_date"], run.due_date),
        moved_text(asked.get("second_due_date"), run.second_due_date),
    ):
        if text:
            messages.info(request, text)


def _calculate(request: ScopedRequest, run: InvoiceRun) -> HttpResponse:
    try:
        job = preparing.start_preview(run=run, actor=request.user)
    except RunError as error:
        messages.error(request, error_text(error))
        return redirect("office:run", run.pk)
    return redirect("office:job", job.pk)


def _act(request: ScopedRequest, run: InvoiceRun, deed: Callable[[], object], told: str) -> HttpResponse:
    try:
        deed()
    except RunError as error:
        messages.error(request, error_text(error))
    else:
        feedback.done(request, told)
    return redirect("office:run", run.pk)


def _steps(run: InvoiceRun) -> list[Step]:
    previewed = run.previewed_at
    noted = ""
    if previewed:
        at = previewed.astimezone(clock.HELSINKI)
        noted = _("calculated %(day)s at %(time)s") % {
            "day": format_date(at.date()),
            "time": f"{at.hour}.{at.minute:02}",
        }
    approved = format_date(run.approved_at.astimezone(clock.HELSINKI).date()) if run.approved_at else ""
    created = format_date(run.created_at.astimezone(clock.HELSINKI).date())
    issued = run.summary.get("count", 0) if run.state == RunState.ISSUED else 0
    numbered = (
        ngettext("%(n)s invoice", "%(n)s invoices", issued) % {"n": format_number(issued)} if issued else ""
    )
    return [
        Step(_("Draft"), created),
        Step(_("Preview"), noted),
        Step(_("Approval"), approved),
        Step(_("Numbering"), numbered),
        Step(_("Delivery"), _("you download and send")),
    ]
