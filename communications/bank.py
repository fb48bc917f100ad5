"""How the material bank is searched, and what its lists tell beside the rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import QuerySet, Subquery, Sum
from django.db.models.expressions import OuterRef
from django.db.models.functions import Coalesce
from django.http import FileResponse, Http404
from django.utils.http import content_disposition_header

from communications.filekinds import TYPES
from communications.models import Announcement, Material, MaterialDownloads, MaterialVersion
from jasenpalvelu.common import finnish
from members.scope import Scope


def narrowed(rows: QuerySet[Material], wanted: Mapping[str, Any]) -> QuerySet[Material]:
    """Those that the search asks for."""
    if typed := wanted.get("q"):
        asked = finnish.query(typed)
        rows = (
            rows.filter(search=SearchQuery(asked, config="simple", search_type="raw"))
            if asked
            else rows.none()
        )
    for name in ("kind", "language"):
        if wanted.get(name):
            rows = rows.filter(**{name: wanted[name]})
    if wanted.get("tag"):
        rows = rows.filter(tags__contains=[wanted["tag"]])
    return rows


def tags_in(rows: QuerySet[Material]) -> list[str]:
    """The topics of these materials, each once, in order."""
    found: Iterable[list[str]] = rows.order_by().exclude(tags=[]).values_list("tags", flat=True)[:2000]
    return sorted({tag for tags in found for tag in tags})


def with_latest(rows: QuerySet[Material]) -> QuerySet[Material]:
    """Each with the extension, the size and the day of its newest version."""
    newest = MaterialVersion.objects.filter(material=OuterRef("pk")).order_by("-number")
    return rows.annotate(
        extension=Subquery(newest.values("extension")[:1]),
        size=Subquery(newest.values("size")[:1]),
        version_at=Subquery(newest.values("created_at")[:1]),
    )


def latest(material: Material) -> MaterialVersion:
    found = MaterialVersion.objects.filter(material=material).order_by("-number").first()
    if found is None:
        raise Http404
    return found


def with_downloads(material: Material) -> list[MaterialVersion]:
    """The versions, the newest first, each with how many times it was downloaded."""
    counted = MaterialDownloads.objects.filter(version=OuterRef("pk")).order_by().values("version")
    number = Subquery(counted.annotate(n=Sum("count")).values("n"))
    rows = MaterialVersion.objects.filter(material=material).annotate(times=Coalesce(number, 0))
    return list(rows.select_related("created_by").order_by("-number"))


def used_in(material: Material, scope: Scope) -> tuple[list[Announcement], int]:
    """The announcements that offer it: those the person edits, and how many of others there are."""
    rows = Announcement.objects.filter(material_links__material=material)
    own = list(rows.visible_to(scope).select_related("unit").order_by("-visible_from", "-pk")[:50])
    return own, rows.exclude(pk__in=[one.pk for one in own]).count()


def file_answer(version: MaterialVersion) -> FileResponse:
    """The file to be saved, never opened in the service's own pages, under the name it came with."""
    if not version.file.name or not version.file.storage.exists(version.file.name):
        raise Http404
    response = FileResponse(
        version.file.open("rb"), content_type=TYPES.get(version.extension, "application/octet-stream")
    )
    response.headers["Content-Disposition"] = str(content_disposition_header(True, version.file_name))
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return response
