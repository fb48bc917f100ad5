"""A sealed letter for those who read it afterwards: the words that were sent, without anybody's name and without links of one's own. Pure.

What was sealed is what is shown. Nothing is drawn anew: looks, footers and polls of today are not those of the letter's day.
"""

from __future__ import annotations

import re

from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext as _

from communications.letters import fields

# A link whose address is the recipient's own, as `drawing` and the inliner write it.
_OWN = re.compile(
    r'<a\b[^>]*\bhref="\{\{(?P<code>[a-z_]+)(?::[0-9]+)?\}\}"[^>]*>(?P<words>.*?)</a>',
    re.DOTALL | re.IGNORECASE,
)
_CHOICES = re.compile(r'<table\b[^>]*>(?:<tbody>)?<tr>\s*<td\b[^>]*\bclass="choice"')
_STYLE = re.compile(r'\bstyle="[^"]*"', re.IGNORECASE)
_EMPTY = re.compile(r"<p\b[^>]*>(?:\s|&nbsp;|\u00a0)*</p>", re.IGNORECASE)


def html(sealed: str, language: str, *, own_pages: str = "") -> str:
    """Links of the foot are taken away; the choices of a poll stand without leading anywhere, and it is told why. `own_pages`: where a
    member who is logged in answers."""
    without = _EMPTY.sub("", _OWN.sub(_told, sealed))
    with translation.override(language):
        told = _("The links to answer are in one's own letter.")
        where = _("Answer on your own pages")
    why = format_html("<p>{}</p>", told)
    if own_pages:
        why = format_html('<p>{} <a href="{}">{}</a></p>', told, own_pages, where)
    return _nobody(_CHOICES.sub(lambda found: why + found[0], without))


def subject(sealed: str) -> str:
    return " ".join(_nobody(sealed).split())


def _told(found: re.Match[str]) -> str:
    if found["code"] != "poll_url":
        return ""
    style = _STYLE.search(found[0])
    return f"<span {style[0]}>{found['words']}</span>" if style else f"<span>{found['words']}</span>"


def _nobody(text: str) -> str:
    """Fields by their fallbacks; an address that stands anywhere else is nobody's either."""
    told = fields.without_persons(text)
    return fields.PLACE.sub("", told)
