"""The words of a message as the office reads them afterwards (COM-2).

Links into the service are the recipient's own: who holds one answers, chooses and leaves as that person. They are cut, whatever the
message was.
"""

from __future__ import annotations

import re

from django.conf import settings
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.urls import NoReverseMatch

from communications.letters.languages import best
from communications.models import Channel, Delivery, MailingVersion
from communications.sending.letters import filled
from communications.services.posting import Rendered, Vanished, rendered

_TARGET = re.compile(r"""(href\s*=\s*)("[^"]*"|'[^']*')""", re.IGNORECASE)


def words_of(row: Delivery) -> Rendered | None:
    """As they are or were sent; None when the matter they told of is not there any more."""
    words = _single(row) if row.mailing_id is None else _of_letter(row)
    return cut(words) if words else None


def cut(words: Rendered) -> Rendered:
    """Without where the links of the service lead."""
    return Rendered(words.subject, _cut(words.text), _cut_html(words.html))


def _single(row: Delivery) -> Rendered | None:
    try:
        return rendered(row)
    except (Vanished, TemplateDoesNotExist, TemplateSyntaxError, NoReverseMatch, LookupError, ValueError):
        return None


def _of_letter(row: Delivery) -> Rendered | None:
    versions = {v.language: v for v in MailingVersion.objects.filter(mailing=row.mailing_id)}
    found = best(versions, row.language)
    if found is None:
        return None
    if row.channel == Channel.SMS:
        return Rendered("", found.text, "")
    return filled(found, row.vars)


def _cut(text: str) -> str:
    """An address of the service keeps its beginning."""
    return re.sub(rf"{re.escape(settings.PUBLIC_URL)}/[^\s<>\"']+", f"{settings.PUBLIC_URL}/…", text)


def _cut_html(html: str) -> str:
    """Where links lead and what is told of them in the text; the addresses of pictures are the same for everybody and stay."""
    without = _TARGET.sub(_without_target, html)
    shown = rf"(?<![\"'=]){re.escape(settings.PUBLIC_URL)}/[^\s<>\"']+"
    return re.sub(shown, f"{settings.PUBLIC_URL}/…", without)


def _without_target(found: re.Match[str]) -> str:
    own = settings.PUBLIC_URL in found[2] or found[2].strip("\"'") == ""
    return f'{found[1]}"#"' if own else found[0]
