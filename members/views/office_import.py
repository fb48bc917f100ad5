"""Importing members: the file, its columns, the verdicts, saving and taking back (REG-9)."""

from __future__ import annotations

from io import BytesIO
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jasenpalvelu.audit.services import log_view
from jasenpalvelu.common import clock, exports, feedback, keyset
from jasenpalvelu.common.keys import key_of
from jasenpalvelu.common.parts import Tab
from jasenpalvelu.jobs.models import Job
from members.forms.imports import MappingForm, ReadingForm, UploadForm
from members.importing import export
from members.importing.headings import labels
from members.importing.presenting import Words
from members.importing.problems import NotATable
from members.importing.wording import file_problem
from members.models import DuplicatePair, ImportBatch, ImportRow, Membership, OrgUnit, Party
from members.models.imports import BatchState, Verdict
from members.requests import ScopedRequest
from members.services.importing import batches
from members.services.importing.batches import ImportRefused
from members.services.importing.reader import known_types
from members.views.import_numbers import numbers_of, undo_until
from members.views.import_sight import ROW_COLUMNS, sight_of

IMPORT = "members.import"
VIEWS = ("", Verdict.NEW, Verdict.UPDATE, Verdict.DUPLICATE, Verdict.ERROR, Verdict.SAME, "kept", "family")
WORKING = (BatchState.CHECKING, BatchState.COMMITTING, BatchState.ROLLING_BACK)


def _units(request: ScopedRequest) -> QuerySet[OrgUnit]:
    """Units with members into which the person may import; 404 for whoever may nowhere."""
    if not request.scope.can(IMPORT):
        raise Http404
    reached = request.scope.unit_filter("pk", IMPORT)
    return (
        OrgUnit.objects.on(clock.today()).filter(reached, kind__has_members=True).order_by("sort_key", "pk")
    )


def _find(request: ScopedRequest, pk: int) -> ImportBatch:
    """The batch, if it is of one's own associations."""
    visible = ImportBatch.objects.visible_to(request.scope).select_related("unit", "owner")
    return get_object_or_404(visible, pk=key_of(str(pk)))


def _classes(request: ScopedRequest, batch: ImportBatch) -> frozenset[str]:
    return request.scope.classes_for([batch.unit_id], IMPORT)


def _trail(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("Import"), reverse("office:imports")), *more]


# --- the list and the file ----------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: ScopedRequest) -> HttpResponse:
    """Imports so far, and a new file."""
    units = list(_units(request)[:500])
    own = request.scope.unit
    sent = request.method == "POST"
    form = UploadForm(
        request.POST if sent else None,
        request.FILES if sent else None,
        units=OrgUnit.objects.filter(pk__in=[u.pk for u in units]).order_by("sort_key", "pk"),
        initial={"unit": own.pk if own in units else None},
    )
    if sent and form.is_valid():
        batch = _upload(request, form)
        if batch is not None:
            return redirect("office:import_columns", batch.pk)
    rows = ImportBatch.objects.visible_to(request.scope).select_related("unit", "owner")
    page = keyset.from_query(rows, request.GET, order=["-created_at", "-pk"], size=20)
    context = {
        "form": form,
        "page": page,
        "batches": [(batch, batch.counts.get("rows"), batch.counts.get("saved")) for batch in page.rows],
        "several_units": len(units) > 1,
        "twins": len(units) > 1 and DuplicatePair.objects.visible_to(request.scope).waiting().exists(),
    }
    return render(request, "office/import/list.html", context, status=422 if form.errors else 200)


def _upload(request: ScopedRequest, form: UploadForm) -> ImportBatch | None:
    unit: OrgUnit = form.cleaned_data["unit"]
    classes = request.scope.classes_for([unit.pk], IMPORT)
    data: bytes = form.cleaned_data["file"]
    try:
        return batches.upload(actor=request.user, unit=unit, name=form.file_name, data=data, classes=classes)
    except NotATable as error:
        form.refuse(error)
        return None


@require_safe
def template(request: ScopedRequest, kind: str) -> HttpResponse:
    """An empty list with the headings that are understood best, and one example row."""
    _units(request)
    write = exports.write_xlsx if kind == "xlsx" else exports.write_csv
    types = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv"}
    response = HttpResponse(content_type=types[kind])
    name = _("member-list-template")
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    stream = BytesIO()
    classes = request.scope.classes_for(request.scope.unit_ids(IMPORT), IMPORT)
    write([export.TEMPLATE], export.template_columns(classes), stream)
    response.write(stream.getvalue())
    return response


# --- columns ------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: ScopedRequest, pk: int) -> HttpResponse:
    """Which column is what; sending the form starts the check."""
    batch = _find(request, pk)
    if batch.state not in batches.BEFORE_SAVING or not batch.file:
        return redirect("office:import", batch.pk)
    form = MappingForm(
        request.POST if request.method == "POST" else None,
        batch=batch,
        classes=_classes(request, batch),
        today=clock.today(),
    )
    if request.method == "POST" and form.is_valid():
        try:
            batches.start_check(
                actor=request.user, batch=batch, mapping=form.mapping, options=form.options, on=clock.today()
            )
        except ImportRefused:
            feedback.done(request, _("The import had changed meanwhile. Here is how it is now."))
        return redirect("office:import", batch.pk)
    return _columns_page(request, batch, form, ReadingForm(batch=batch))


def _columns_page(
    request: ScopedRequest, batch: ImportBatch, form: MappingForm, reading: ReadingForm
) -> HttpResponse:
    context = {
        "batch": batch,
        "form": form,
        "reading": reading,
        "trail": _trail(),
        "twin": batches.saved_before(batch),
    }
    return render(
        request, "office/import/columns.html", context, status=422 if form.errors or reading.errors else 200
    )


@require_POST
def read_again(request: ScopedRequest, pk: int) -> HttpResponse:
    """The same file with another encoding or another sheet."""
    batch = _find(request, pk)
    form = ReadingForm(request.POST, batch=batch)
    try:
        if form.is_valid():
            chosen = form.cleaned_data
            batches.read_again(
                batch=batch,
                encoding=chosen.get("encoding", ""),
                sheet=chosen.get("sheet", ""),
                classes=_classes(request, batch),
            )
            return redirect("office:import_columns", batch.pk)
    except NotATable as error:
        form.add_error(None, file_problem(error.code, error.facts))
    except ImportRefused:
        return redirect("office:import", batch.pk)
    mapping = MappingForm(batch=batch, classes=_classes(request, batch), today=clock.today())
    return _columns_page(request, batch, mapping, form)


# --- the batch ----------------------------------------------------------------------------------------------------------
@require_safe
def batch_page(request: ScopedRequest, pk: int) -> HttpResponse:
    """Wherever the import is: under way, checked, saved or taken back."""
    batch = _find(request, pk)
    job = Job.objects.filter(pk=batch.job_id).first() if batch.job_id else None
    if batch.state == BatchState.UPLOADED:
        return redirect("office:import_columns", batch.pk)
    if batch.state in WORKING:
        context = {"batch": batch, "job": job, "stuck": job is None or not job.is_active, "trail": _trail()}
        return render(request, "office/import/working.html", context)
    if batch.state == BatchState.REFUSED:
        return render(request, "office/import/refused.html", {"batch": batch, "trail": _trail()})
    return _rows_page(request, batch)


@require_safe
def progress(request: ScopedRequest, pk: int) -> HttpResponse:
    """The panel that follows the work; when the work ends the whole page is drawn anew."""
    batch = _find(request, pk)
    job = get_object_or_404(Job, pk=batch.job_id)
    response = render(request, "office/import/progress.html", {"batch": batch, "job": job})
    if not job.is_active:
        response.headers["HX-Refresh"] = "true"
    return response


def _rows_page(request: ScopedRequest, batch: ImportBatch) -> HttpResponse:
    numbers = numbers_of(batch)
    shown = request.GET.get("nakyma", _first_view(batch, numbers))
    if shown not in VIEWS:
        shown = ""
    rows = _rows_of(batch, shown)
    page = keyset.from_query(rows, request.GET, order=["line", "pk"], size=50)
    words = _words(request, batch, page.rows)
    if page.rows:
        log_view(
            actor=request.user,
            unit_id=batch.unit_id,
            classes="".join(sorted(words.classes & set("ABC"))),
            count=len(page.rows),
            subject=_("Import: %(file)s") % {"file": batch.file_name},
        )
    context = {
        "batch": batch,
        "trail": _trail(),
        "page": page,
        "rows": [words.view(row) for row in page.rows],
        "tabs": _tabs(numbers, shown),
        "shown": shown,
        "numbers": numbers,
        "undo_until": undo_until(batch, numbers),
        "checked": batch.state == BatchState.CHECKED,
        "missing": _missing(batch).count() if _lists_missing(batch) else None,
    }
    return render(request, "office/import/rows.html", context)


def _first_view(batch: ImportBatch, numbers: dict[str, int]) -> str:
    """What needs the reader first."""
    if batch.state == BatchState.CHECKED:
        return next((v for v in (Verdict.DUPLICATE, Verdict.ERROR) if numbers[f"by_{v}"]), "")
    return "kept" if batch.state == BatchState.ROLLED_BACK and numbers["done"] else ""


def _rows_of(batch: ImportBatch, shown: str) -> QuerySet[ImportRow]:
    rows = ImportRow.objects.filter(batch=batch)
    if shown == "kept":
        return rows.filter(done=True)
    if shown == "family":
        return rows.filter(problems__contains=[{"code": "family_alone"}])
    return rows.filter(verdict=shown) if shown else rows


def _tabs(numbers: dict[str, int], shown: str) -> list[Tab]:
    names = {
        "": (_("All"), numbers["all"]),
        Verdict.NEW: (_("New ones"), numbers["by_new"]),
        Verdict.UPDATE: (_("Updates"), numbers["by_update"]),
        Verdict.DUPLICATE: (_("Possible duplicates"), numbers["by_duplicate"]),
        Verdict.ERROR: (_("Errors"), numbers["by_error"]),
        Verdict.SAME: (_("No change"), numbers["by_same"]),
    }
    return [
        Tab(text, f"?nakyma={view}", count, current=view == shown)
        for view, (text, count) in names.items()
        if count or view in ("", shown)
    ]


def _words(request: ScopedRequest, batch: ImportBatch, rows: list[ImportRow]) -> Words:
    """Names for what the rows refer to; only of parties within the reader's reach."""
    ids = {row.party_id for row in rows if row.party_id}
    ids |= {found["party"] for row in rows for found in row.candidates if "party" in found}
    parties = Party.objects.visible_to(request.scope, IMPORT).filter(pk__in=ids).order_by("pk")
    named = {party.pk: (party.display_name, party.number) for party in parties}
    types = {t.pk: str(t) for t in known_types(batch.unit_id)}
    sight = sight_of([{c: getattr(row, c) for c in ROW_COLUMNS} for row in rows], batch.unit_id)
    return Words(
        types,
        named,
        _classes(request, batch),
        labels(batch.header),
        batch.mapping,
        sight.protected,
        sight.past,
    )


# --- choices ------------------------------------------------------------------------------------------------------------
@require_POST
def choose(request: ScopedRequest, pk: int, row_id: int) -> HttpResponse:
    """What becomes of one row; back to where one was on the list."""
    batch = _find(request, pk)
    row = get_object_or_404(ImportRow, pk=row_id, batch=batch)
    choice, _sep, party = request.POST.get("valinta", "").partition(":")
    try:
        batches.choose(
            batch=batch,
            row=row,
            choice=choice,
            party_id=key_of(party) or None,
            reach=request.scope.unit_ids(IMPORT, "".join(_classes(request, batch))),
        )
    except ImportRefused as refusal:
        feedback.done(request, _refusal(refusal))
    return redirect(f"{reverse('office:import', args=[batch.pk])}?{_back(request)}#rivi-{row.line}")


def _back(request: ScopedRequest) -> str:
    """The query of the page the choice was made on; nothing but a view and a cursor is taken along."""
    kept = {key: request.POST[key] for key in ("nakyma", "jalkeen", "ennen") if request.POST.get(key)}
    return urlencode(kept)


@require_POST
def choose_rest(request: ScopedRequest, pk: int) -> HttpResponse:
    """Every possible duplicate still undecided gets the same choice."""
    batch = _find(request, pk)
    try:
        count = batches.choose_rest(batch=batch, choice=request.POST.get("valinta", ""))
        feedback.done(request, ngettext("%(n)s row decided.", "%(n)s rows decided.", count) % {"n": count})
    except ImportRefused as refusal:
        feedback.done(request, _refusal(refusal))
    return redirect(f"{reverse('office:import', args=[batch.pk])}?nakyma=duplicate")


def _refusal(refusal: ImportRefused) -> str:
    texts = {
        "state": _("The import had changed meanwhile. Here is how it is now."),
        "nothing": _("There is no row to save."),
        "not_enough": _(
            "The row lacks a membership type or the first day, so it cannot become a new member."
        ),
    }
    return texts.get(refusal.code, _("The row does not offer that choice."))


# --- lists beside ------------------------------------------------------------------------------------------------------
def _lists_missing(batch: ImportBatch) -> bool:
    return bool(batch.options.get("list_missing")) and batch.state in (
        BatchState.CHECKED,
        BatchState.COMMITTED,
    )


def _missing(batch: ImportBatch) -> QuerySet[Party]:
    """Members in force who are on no row of the file."""
    members = Membership.objects.filter(party_id=OuterRef("pk"), unit_id=batch.unit_id).in_force(
        clock.today()
    )
    named = ImportRow.objects.filter(batch=batch, party_id=OuterRef("pk"))
    return Party.objects.filter(Exists(members), ~Exists(named))


@require_safe
def missing(request: ScopedRequest, pk: int) -> HttpResponse:
    """Members of the register who are not in the file; nothing is done to them."""
    batch = _find(request, pk)
    if not _lists_missing(batch):
        return redirect("office:import", batch.pk)
    rows = _missing(batch)
    page = keyset.from_query(rows, request.GET, order=["sort_key", "pk"], size=50)
    name = (batch.file_name, reverse("office:import", args=[batch.pk]))
    context = {"batch": batch, "page": page, "total": rows.count(), "trail": _trail(name)}
    return render(request, "office/import/missing.html", context)
