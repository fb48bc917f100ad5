"""An attachment of a conversation as a download: never shown in the page, never sniffed for another type."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from communications.models import Talk, TalkFile
from jasenpalvelu.audit.services import log_download
from members.requests import ScopedRequest


def file_answer(request: ScopedRequest, talk: Talk, file: TalkFile) -> HttpResponse:
    """The whole file; that somebody else than the member took it is logged."""
    if request.scope.party_id != talk.party_id:
        log_download(
            actor=request.user,
            subject=_("Attachment of a conversation"),
            party_id=talk.party_id,
            unit_id=talk.unit_id,
            classes="B",
        )
    response = HttpResponse(bytes(file.content), content_type=file.media_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
