"""Letters a member has got, to be read again (COM-1)."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from communications import letters_archive
from communications.letters import archived
from communications.readers import reader_of
from communications.views.letters import framed
from jasenpalvelu.common import clock, keyset
from members.requests import ScopedRequest


def _rows(request: ScopedRequest):  # type: ignore[no-untyped-def]
    if request.scope.party_id is None:
        raise Http404
    return letters_archive.of_member(reader_of(request.scope.party_id, clock.today()))


@require_safe
def index(request: ScopedRequest) -> HttpResponse:
    rows = _rows(request).filter(frozen_at__gte=letters_archive.since(clock.now()))
    page = keyset.from_query(
        rows, request.GET, order=["-frozen_at", "-pk"], size=30, never_null=["frozen_at"]
    )
    told = [(one, letters_archive.name_of(one)) for one in page.rows]
    return render(request, "portal/letters/list.html", {"page": page, "rows": told})


@require_safe
def letter(request: ScopedRequest, uuid: UUID) -> HttpResponse:
    mailing = get_object_or_404(_rows(request), uuid=uuid)
    context = {
        "mailing": mailing,
        "name": letters_archive.name_of(mailing),
        "letter": reverse("portal:letter_words", args=[uuid]),
        "trail": [(_("Letters"), reverse("portal:letters"))],
    }
    return render(request, "portal/letters/letter.html", context)


@require_safe
def words(request: ScopedRequest, uuid: UUID) -> HttpResponse:
    mailing = get_object_or_404(_rows(request), uuid=uuid)
    version = letters_archive.version_in(mailing, get_language() or "fi")
    if version is None:
        raise Http404
    return framed(archived.html(version.html, version.language, own_pages=reverse("portal:surveys")))
