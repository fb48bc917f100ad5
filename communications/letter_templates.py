"""A template of letters drawn as a letter that begins with it would be: in its unit's looks, with invented names."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from communications.letters import blocks, fields
from communications.letters.drawing import Letter
from communications.letters.looks import look_of
from communications.letters.rendering import pictures_of, polls_of, rendered
from communications.models import LetterTemplate

_LINKS = ("unsubscribe_url", "preferences_url", "web_url", "poll_url")
MOST_CHOICES = 40


def subject(template: LetterTemplate, language: str) -> str:
    told = template.content[language].get("subject", "")
    return fields.fill(fields.canonical(told), _sample(template, language), html=False)


def html(template: LetterTemplate, language: str) -> str:
    told: dict[str, Any] = template.content[language]
    parts = [blocks.whole(one) for one in told.get("blocks", []) if one.get("kind") in blocks.KINDS]
    letter = Letter(
        language=language,
        subject=told.get("subject", ""),
        preheader=told.get("preheader", ""),
        blocks=parts,
        look=look_of(template.unit),
        pictures=pictures_of(parts),
        polls=polls_of(parts, language),
    )
    return fields.fill(rendered(letter).html, _sample(template, language), html=True)


def _sample(template: LetterTemplate, language: str) -> dict[str, str]:
    """Nobody in particular; links lead to the front page."""
    home = settings.PUBLIC_URL + "/"
    values = {field.code: field.sample for field in fields.FIELDS}
    values |= {"association": template.unit.name_in(language)} | dict.fromkeys(_LINKS, home)
    return values | {f"poll_url:{n}": home for n in range(1, MOST_CHOICES)}
