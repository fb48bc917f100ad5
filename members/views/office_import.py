"""Importing members: the file, its columns, the verdicts, saving and taking back (REG-9)."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jasenpalvelu.audit.services import log_export, log_view
from jasenpalvelu.common import clock, exports, feedback, keyset
from jasenpalvelu.common.keys import key_of
from jasenpalvelu.common.parts import Tab
from jasenpalvelu.jobs.models import Job
from members.forms.imports import MappingForm, ReadingForm, UploadForm, rows_text
from members.importing import export
from members.importing.headings import labels
from members.importing.presenting import Words
from members.importing.problems import NotATable
from members.importing.wording import file_problem
from members.models import ImportBatch, ImportRow, Membership, OrgUnit, Party
from members.models.imports import BatchState, Verdict
from members.requests import ScopedRequest
from members.services.importing import batches, undoing
from members.services.importing.batches import ImportRefused
from members.services.importing.reader import known_types

IMPORT = "members.import"
VIEWS = ("", Verdict.NEW, Verdict.UPDATE, Verdict.DUPLICATE, Verdict.ERROR, Verdict.SAME, "kept")
WORKING = (BatchState.CHECKING, BatchState.COMMITTING, BatchState.ROLLING_BACK)


def _units(request: ScopedRequest) -> QuerySet[OrgUnit]:
    """Units with members into which the person may import; 404 for whoever may nowhere."""
    if not request.scope.can(IMPORT):
        raise Http404
    reached = request.scope.unit_filter("pk", IMPORT)
    return OrgUnit.objects.filter(reached, kind__has_members=True).order_by("sort_key", "pk")


def _find(request: ScopedRequest, pk: int) -> ImportBatch:
    """The batch, if it is of one's own associations."""
    visible = ImportBatch.objects.visible_to(request.scope).select_related("unit", "owner")
    return get_object_or_404(visible, pk=pk)


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
    write([export.TEMPLATE], export.template_columns(), stream)
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
    context = {"batch": batch, "form": form, "reading": reading, "trail": _trail()}
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
    numbers = _numbers(batch)
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
        "checked": batch.state == BatchState.CHECKED,
        "missing": _missing(batch).count() if _lists_missing(batch) else None,
    }
    return render(request, "office/import/rows.html", context)


def _numbers(batch: ImportBatch) -> dict[str, int]:
    """Rows by verdict, what would be saved now, and what waits for a choice."""
    rows = ImportRow.objects.filter(batch=batch).order_by()
    found: dict[str, int] = {}
    undecided = skipped = kept = 0
    for verdict, choice, done, n in rows.values_list("verdict", "choice", "done").annotate(n=Count("pk")):
        found[verdict] = found.get(verdict, 0) + n
        undecided += n if verdict == Verdict.DUPLICATE and not choice else 0
        skipped += n if choice == "skip" else 0
        kept += n if done else 0
    numbers = {verdict: found.get(verdict, 0) for verdict in Verdict.values}
    ready = batches.ready(batch) if batch.state == BatchState.CHECKED else 0
    extra = {
        "all": sum(found.values()),
        "undecided": undecided,
        "skipped": skipped,
        "done": kept,
        "ready": ready,
    }
    return (
        numbers | extra | {"linked": batch.counts.get("linked", 0), "left": batch.counts.get("left_out", 0)}
    )


def _first_view(batch: ImportBatch, numbers: dict[str, int]) -> str:
    """What needs the reader first."""
    if batch.state == BatchState.CHECKED:
        return next((v for v in (Verdict.DUPLICATE, Verdict.ERROR) if numbers[v]), "")
    return "kept" if batch.state == BatchState.ROLLED_BACK and numbers["done"] else ""


def _rows_of(batch: ImportBatch, shown: str) -> QuerySet[ImportRow]:
    rows = ImportRow.objects.filter(batch=batch)
    if shown == "kept":
        return rows.filter(done=True)
    return rows.filter(verdict=shown) if shown else rows


def _tabs(numbers: dict[str, int], shown: str) -> list[Tab]:
    names = {
        "": (_("All"), numbers["all"]),
        Verdict.NEW: (_("New ones"), numbers["new"]),
        Verdict.UPDATE: (_("Updates"), numbers["update"]),
        Verdict.DUPLICATE: (_("Possible duplicates"), numbers["duplicate"]),
        Verdict.ERROR: (_("Errors"), numbers["error"]),
        Verdict.SAME: (_("No change"), numbers["same"]),
    }
    return [
        Tab(text, f"?nakyma={view}", count, current=view == shown)
        for view, (text, count) in names.items()
        if count or view in ("", shown)
    ]


def _words(request: ScopedRequest, batch: ImportBatch, rows: list[ImportRow]) -> Words:
    """Names for what the rows refer to; parties of other associations are not named."""
    ids = {row.party_id for row in rows if row.party_id}
    ids |= {found["party"] for row in rows for found in row.candidates if "party" in found}
    parties = Party.objects.filter(pk__in=ids, memberships__unit_id=batch.unit_id).order_by("pk").distinct()
    named = {party.pk: (party.display_name, party.number) for party in parties}
    types = {t.pk: str(t) for t in known_types(batch.unit_id)}
    return Words(types, named, frozenset(named), _classes(request, batch), labels(batch.header))


# --- choices ------------------------------------------------------------------------------------------------------------
@require_POST
def choose(request: ScopedRequest, pk: int, row_id: int) -> HttpResponse:
    """What becomes of one row; back to where one was on the list."""
    batch = _find(request, pk)
    row = get_object_or_404(ImportRow, pk=row_id, batch=batch)
    choice, _sep, party = request.POST.get("valinta", "").partition(":")
    try:
        batches.choose(batch=batch, row=row, choice=choice, party_id=key_of(party) or None)
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


# --- saving, taking back, removing --------------------------------------------------------------------------------------
@require_POST
def commit(request: ScopedRequest, pk: int) -> HttpResponse:
    batch = _find(request, pk)
    try:
        batches.start_commit(actor=request.user, batch=batch, on=clock.today())
    except ImportRefused as refusal:
        feedback.done(request, _refusal(refusal))
    return redirect("office:import", batch.pk)


@require_POST
def recheck(request: ScopedRequest, pk: int) -> HttpResponse:
    """A check that was cancelled or failed begins anew with the same columns and options."""
    batch = _find(request, pk)
    mapping = {int(column): key for column, key in batch.mapping.items()}
    try:
        batches.start_check(actor=request.user, batch=batch, mapping=mapping, options={}, on=clock.today())
    except ImportRefused as refusal:
        feedback.done(request, _refusal(refusal))
    return redirect("office:import", batch.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def roll_back(request: ScopedRequest, pk: int) -> HttpResponse:
    """Says in numbers what goes and what stays; then takes the import back in the background."""
    batch = _find(request, pk)
    if request.method == "POST":
        try:
            batches.start_rollback(actor=request.user, batch=batch, on=clock.today())
        except ImportRefused as refusal:
            feedback.done(request, _refusal(refusal))
        return redirect("office:import", batch.pk)
    done = ImportRow.objects.filter(batch=batch, done=True).count()
    if not done:
        return redirect("office:import", batch.pk)
    context = {
        "question": _("Take back the import %(file)s?") % {"file": batch.file_name},
        "consequence": " ".join(_consequences(done, undoing.count_kept(batch))),
        "deed": _("Take back %(rows)s") % {"rows": rows_text(done)},
        "cancel_url": reverse("office:import", args=[batch.pk]),
        "danger": True,
    }
    return render(request, "office/confirm.html", context)


def _consequences(done: int, kept: dict[str, int] | None) -> list[str]:
    texts = [
        ngettext(
            "%(n)s saved row is taken back: new members are removed and changed details become what they were.",
            "%(n)s saved rows are taken back: new members are removed and changed details become what they were.",
            done,
        )
        % {"n": done}
    ]
    if kept is None:
        texts.append(_("Rows that have been changed or invoiced since stay, and are listed."))
        return texts
    for reason, n in sorted(kept.items()):
        if reason == undoing.CHANGED:
            text = ngettext(
                "%(n)s row has been changed after the import; it stays.",
                "%(n)s rows have been changed after the import; they stay.",
                n,
            )
        elif reason == undoing.INVOICED:
            text = ngettext(
                "%(n)s row has been invoiced after the import; it stays.",
                "%(n)s rows have been invoiced after the import; they stay.",
                n,
            )
        else:
            text = ngettext(
                "%(n)s row is needed by other data; it stays.",
                "%(n)s rows are needed by other data; they stay.",
                n,
            )
        texts.append(text % {"n": n})
    return texts


@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: ScopedRequest, pk: int) -> HttpResponse:
    """Remove an import that changed nothing in the register."""
    batch = _find(request, pk)
    if request.method == "POST":
        try:
            batches.discard(batch=batch)
        except ImportRefused as refusal:
            feedback.done(request, _refusal(refusal))
            return redirect("office:import", batch.pk)
        feedback.done(request, _("The import %(file)s was removed.") % {"file": batch.file_name})
        return redirect("office:imports")
    context = {
        "question": _("Remove the import %(file)s?") % {"file": batch.file_name},
        "consequence": _("The file and its checked rows are removed. The register does not change."),
        "deed": _("Remove the import"),
        "cancel_url": reverse("office:import", args=[batch.pk]),
        "danger": True,
    }
    return render(request, "office/confirm.html", context)


# --- lists beside -------------------------------------------------------------------------------------------------------
@require_safe
def errors(request: ScopedRequest, pk: int, kind: str) -> HttpResponse:
    """Rows with errors as a file with the reasons, to be corrected and brought in again."""
    batch = _find(request, pk)
    rows = ImportRow.objects.filter(batch=batch, verdict=Verdict.ERROR).order_by("line")
    count = rows.count()
    if not count:
        raise Http404
    columns = export.error_columns(batch.header)
    found = export.error_rows(_values(rows))
    log_export(
        actor=request.user,
        subject=_("Rows with errors: %(file)s") % {"file": batch.file_name},
        count=count,
        unit_id=batch.unit_id,
        classes="ABC",
    )
    stem, ending = batch.file_name.rsplit(".", 1)[0], _("errors")
    name = f"{stem}-{ending}.{kind}"
    if kind == "xlsx":
        stream = TemporaryFile()  # noqa: SIM115 -- closed by the response
        exports.write_xlsx(found, columns, stream)
        stream.seek(0)
        return FileResponse(stream, as_attachment=True, filename=name)  # type: ignore[return-value]
    lines = exports.csv_lines(found, columns)
    response = StreamingHttpResponse(_with_mark(lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = FileResponse(filename=name, as_attachment=True).headers.get(
        "Content-Disposition", f'attachment; filename="{name}"'
    )
    return response  # type: ignore[return-value]


def _with_mark(lines: Iterator[bytes]) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf"
    yield from lines


def _values(rows: QuerySet[ImportRow]) -> Iterator[dict[str, Any]]:
    for row in rows.values("line", "raw", "problems").iterator(chunk_size=1000):
        yield dict(row)


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
