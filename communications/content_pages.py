"""What the office pages of announcements, materials, benefits and campaigns share."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.http.response import FileResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from communications.images import TYPES
from communications.permissions import CONTENT
from communications.readers import Reader, reader_of
from jasenpalvelu.audit.wording import Sight, history_for
from jasenpalvelu.common import clock
from jasenpalvelu.common.keys import key_of
from members.models import OrgUnit
from members.requests import ScopedRequest


def need_editor(request: ScopedRequest) -> None:
    if not request.scope.can(CONTENT):
        raise Http404


def units_edited(request: ScopedRequest) -> list[OrgUnit]:
    """Units in whose name the person writes, the working unit first. 404 without any."""
    rows = OrgUnit.objects.on(clock.today()).filter(request.scope.unit_filter("pk", CONTENT))
    own = request.scope.unit.pk if request.scope.unit else None
    found = sorted(rows.order_by("sort_key", "pk"), key=lambda unit: unit.pk != own)
    if not found:
        raise Http404
    return found


def reader_or_404(request: ScopedRequest) -> Reader:
    if request.scope.party_id is None:
        raise Http404
    return reader_of(request.scope.party_id, clock.today())


def picture_answer(picture, *, public: bool = False) -> HttpResponse:  # type: ignore[no-untyped-def]
    """The picture as it was cleaned when it came, shown as a picture and never as a page."""
    extension = str(picture.name).rsplit(".", 1)[-1] if picture else ""
    if extension not in TYPES or not picture.storage.exists(picture.name):
        raise Http404
    response = FileResponse(picture.open("rb"), content_type=TYPES[extension])
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "public, max-age=3600" if public else "private, max-age=600"
    return response  # type: ignore[return-value]


def start(url_name: str, label: str) -> list[tuple[str, str]]:
    return [(_("Communications"), reverse("office:announcements")), (label, reverse(url_name))]


# Columns of which the history says nothing a reader would miss.
UNTOLD = {"id", "created_at", "created_by_id", "unit_id", "search", "published_at"}


def history_of(*rows: tuple[str, object], request: ScopedRequest) -> dict[str, object]:
    """The acts on these rows in words, with the address of older ones."""
    acts, older = history_for(
        sees=lambda _table, column: Sight.LEFT_OUT if column in UNTOLD else Sight.SHOWN,
        rows=list(rows),
        before=key_of(request.GET.get("ennen")) or None,
    )
    return {"acts": acts, "older": older}
