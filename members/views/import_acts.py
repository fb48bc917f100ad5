"""Saving an import, taking it back, removing it, and the list of its errors."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from tempfile import TemporaryFile
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jasenpalvelu.audit.services import log_export
from jasenpalvelu.common import clock, exports, feedback
from members.forms.imports import rows_text
from members.importing import export
from members.importing.fields import for_classes
from members.models import ImportRow
from members.models.imports import Verdict
from members.requests import ScopedRequest
from members.services.importing import batches, undoing
from members.services.importing.batches import ImportRefused
from members.views.import_sight import ROW_COLUMNS, sight_of
from members.views.office_import import _classes, _find, _refusal


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
    allowed = for_classes(_classes(request, batch))
    mapping = {int(column): key for column, key in batch.mapping.items() if key in allowed}
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
    kept = undoing.count_kept(batch)
    gone = done - sum(kept.values()) if kept is not None else done
    context = {
        "question": _("Take back the import %(file)s?") % {"file": batch.file_name},
        "consequence": " ".join(_consequences(gone, kept)),
        "deed": _("Take back %(rows)s") % {"rows": rows_text(gone)} if gone else _("Take the import back"),
        "cancel_url": reverse("office:import", args=[batch.pk]),
        "danger": True,
    }
    return render(request, "office/confirm.html", context)


def _consequences(gone: int, kept: dict[str, int] | None) -> list[str]:
    texts = [
        ngettext(
            "%(n)s saved row is taken back: new members are removed and changed details become what they were.",
            "%(n)s saved rows are taken back: new members are removed and changed details become what they were.",
            gone,
        )
        % {"n": gone}
        if gone
        else _("No row can be taken back.")
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
    classes = _classes(request, batch)
    columns = export.error_columns(batch.header, batch.mapping, classes)
    found = export.error_rows(_values(rows, batch.unit_id), classes)
    log_export(
        actor=request.user,
        subject=_("Rows with errors: %(file)s") % {"file": batch.file_name},
        count=count,
        unit_id=batch.unit_id,
        classes="".join(sorted(classes)),
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


def _values(rows: QuerySet[ImportRow], unit_id: int) -> Iterator[dict[str, Any]]:
    found = rows.values("line", "raw", "problems", *ROW_COLUMNS).iterator(chunk_size=1000)
    while chunk := [dict(row) for row in islice(found, 1000)]:
        protected = sight_of(chunk, unit_id).protected
        yield from (row | {"protected": row["pk"] in protected} for row in chunk)
