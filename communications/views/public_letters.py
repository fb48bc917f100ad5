"""Letters and their pictures for whoever has the address: mail programs, readers of a letter, and the public archive (COM-1).

Nothing here needs a login, nothing is written, and nobody is followed: a picture is the same file for everybody.
"""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from communications import images, letters_archive, links
from communications.letters import addresses, archived
from communications.models import Delivery, LetterPicture
from communications.views.letters import framed
from jasenpalvelu.common import keyset
from members.models import OrgUnit

FOR_EVER, A_DAY = "public, max-age=31536000, immutable", "public, max-age=86400"


@login_not_required
@require_safe
def picture(request: HttpRequest, key: UUID, extension: str) -> FileResponse:
    """A picture of a letter. The address is the secret, and the file behind it never changes."""
    row = get_object_or_404(LetterPicture, key=key)
    if row.extension != extension:
        raise Http404
    return _file(row.file, extension, FOR_EVER)


@login_not_required
@require_safe
def logo(request: HttpRequest, token: str, extension: str) -> FileResponse:
    """The unit's logo at the head of its letters: the one it has now."""
    pk = links.number_of(addresses.LOGO, token)
    unit = get_object_or_404(OrgUnit, pk=pk) if pk is not None else None
    if unit is None or not unit.logo or not str(unit.logo.name).lower().endswith(f".{extension}"):
        raise Http404
    return _file(unit.logo, extension, A_DAY)


def _file(file, extension: str, cache: str) -> FileResponse:  # type: ignore[no-untyped-def]
    try:
        response = FileResponse(file.open("rb"), content_type=images.TYPES[extension])
    except (OSError, KeyError):
        raise Http404 from None
    response.headers["Cache-Control"] = cache
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@login_not_required
@require_safe
def read(request: HttpRequest, token: str) -> HttpResponse:
    """What "read in a browser" opens: the letter without anybody's name, in the language it was sent in."""
    pk = links.number_of(links.READ, token)
    row = (
        Delivery.objects.filter(pk=pk, mailing__isnull=False).select_related("mailing__unit").first()
        if pk
        else None
    )
    version = letters_archive.version_in(row.mailing, row.language) if row and row.mailing else None
    if row is None or version is None:
        return render(request, "public/letters/gone.html", status=410)
    own = settings.PUBLIC_URL + reverse("portal:surveys")
    return framed(archived.html(version.html, version.language, own_pages=own))


# --- the public archive ---------------------------------------------------------------------------------------------------
@login_not_required
@require_safe
def unit(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(OrgUnit, slug=slug)
    page = keyset.from_query(
        letters_archive.public(found),
        request.GET,
        order=["-frozen_at", "-pk"],
        size=30,
        never_null=["frozen_at"],
    )
    return render(request, "public/letters/list.html", {"unit": found, "page": page})


@login_not_required
@require_safe
def letter(request: HttpRequest, slug: str, uuid: UUID) -> HttpResponse:
    found = get_object_or_404(OrgUnit, slug=slug)
    mailing = get_object_or_404(letters_archive.public(found), uuid=uuid)
    context = {
        "mailing": mailing,
        "unit": found,
        "letter": reverse("public:letter_words", args=[slug, uuid]),
        "trail": [(_("Letters of %(unit)s") % {"unit": found}, reverse("public:letters_unit", args=[slug]))],
    }
    return render(request, "public/letters/letter.html", context)


@login_not_required
@require_safe
def words(request: HttpRequest, slug: str, uuid: UUID) -> HttpResponse:
    found = get_object_or_404(OrgUnit, slug=slug)
    mailing = get_object_or_404(letters_archive.public(found), uuid=uuid)
    version = letters_archive.version_in(mailing, get_language() or "fi")
    if version is None:
        raise Http404
    return framed(archived.html(version.html, version.language))
