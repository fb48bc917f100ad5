"""Merge fields: a word of the recipient's own in the middle of a letter's words. Pure.

    {{first_name}}            the value, nothing where there is none
    {{first_name|jäsen}}      the value, else "jäsen"

A writer may use the name in Finnish, Swedish or English; what is stored and sent is the canonical form with the code. In the HTML part
the fallback stands escaped already, because it is a part of the letter's words; values are escaped when they are put in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.common.identifiers import make_member_number


@dataclass(frozen=True)
class Field:
    """`names` are what the field may be called in Finnish and Swedish; `sample` stands for it where nobody is meant."""

    code: str
    label: str | Promise
    names: tuple[str, ...]
    sample: str


FIELDS = (
    Field("first_name", _("first name"), ("etunimi", "fornamn", "förnamn"), "Tauno"),
    Field("last_name", _("last name"), ("sukunimi", "efternamn"), "Metsäpelto"),
    Field("full_name", _("whole name"), ("nimi", "namn"), "Tauno Metsäpelto"),
    Field("member_number", _("member number"), ("jäsennumero", "jasennumero", "medlemsnummer"), "100 018"),
    Field("association", _("association"), ("yhdistys", "förening", "forening"), "Kuusilahden tuottajayhdistys"),
    Field("greeting", _("greeting with the name"), ("tervehdys", "hälsning", "halsning"), "Hei Tauno"),
)  # fmt: skip
BY_CODE = {field.code: field for field in FIELDS}
CODES = frozenset(BY_CODE)
_CALLED = {name: field.code for field in FIELDS for name in (field.code, *field.names)}
# Addresses of the sender's making. A letter's own words may not hold them; rendering puts them in their places.
ADDRESSES = frozenset({"unsubscribe_url", "preferences_url", "web_url", "poll_url"})
LONGEST_FALLBACK = 80

# As rendered: the only form that `fill` knows.
PLACE = re.compile(r"\{\{([a-z_]+)(?::([0-9]{1,9}))?(?:\|([^{}|]*))?\}\}")
# As written: anything between two pairs of braces, and braces that were not closed.
_WRITTEN = re.compile(r"\{\{([^{}]*)\}\}")
_BRACES, _CONTROL = re.compile(r"\{\{|\}\}"), re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")
_NOT_IN_FALLBACK = re.compile(r"[<>&\"'{}|*\[\]()]")


@dataclass(frozen=True)
class Fault:
    """`code`: unknown (no such field), fallback (its words hold a mark that is not allowed), braces (not closed)."""

    code: str
    text: str


def written(text: str) -> Iterator[tuple[str, str, str]]:
    """(as written, name, fallback) of everything that looks like a field."""
    for found in _WRITTEN.finditer(text):
        name, _bar, fallback = found[1].partition("|")
        yield found[0], name.strip().casefold(), fallback.strip()


def faults(text: str) -> list[Fault]:
    found = []
    for whole, name, fallback in written(text):
        if name not in _CALLED:
            found.append(Fault("unknown", whole))
        elif _NOT_IN_FALLBACK.search(fallback) or len(fallback) > LONGEST_FALLBACK:
            found.append(Fault("fallback", whole))
    if _BRACES.search(_WRITTEN.sub("", text)):
        found.append(Fault("braces", text[:60]))
    return found


def canonical(text: str) -> str:
    """Fields by their codes; one that is not known and a pair of braces that is not closed are taken away."""

    def one(found: re.Match[str]) -> str:
        name, _bar, fallback = found[1].partition("|")
        code = _CALLED.get(name.strip().casefold())
        if code is None:
            return ""
        words = _NOT_IN_FALLBACK.sub("", fallback).strip()[:LONGEST_FALLBACK]
        return f"{{{{{code}|{words}}}}}" if words else f"{{{{{code}}}}}"

    at, parts = 0, []
    for found in _WRITTEN.finditer(text):
        parts += [_BRACES.sub("", text[at : found.start()]), one(found)]
        at = found.end()
    return "".join([*parts, _BRACES.sub("", text[at:])])


def shown(text: str) -> str:
    """For the office's lists: a field by its name between angle quotes."""

    def one(found: re.Match[str]) -> str:
        code = _CALLED.get(found[1].partition("|")[0].strip().casefold())
        return f"‹{BY_CODE[code].label}›" if code else f"‹{found[1].strip()}›"

    return _BRACES.sub("", _WRITTEN.sub(one, text))


def used(text: str) -> frozenset[str]:
    return frozenset(_CALLED[name] for _whole, name, _fallback in written(text) if name in _CALLED)


def bare(text: str) -> frozenset[str]:
    """The fields of the text that say nothing where there is no value."""
    return frozenset(
        _CALLED[name] for _whole, name, fallback in written(text) if name in _CALLED and not fallback
    )


def clean(value: str) -> str:
    """A value as it may stand in a subject, a text and HTML: one line, no braces that would be taken for a field."""
    return " ".join(_CONTROL.sub(" ", value).replace("{", "").replace("}", "").split())


def told(kept: Mapping[str, str]) -> dict[str, str]:
    """What was kept of a recipient at the freeze as it stands in the letter, however it reaches them: the member number with its
    check digit. What is no word of theirs, as the token of a poll, stays out."""
    found = {code: str(value) for code, value in kept.items() if code in CODES}
    number = found.get("member_number", "")
    return found | ({"member_number": make_member_number(int(number))} if number.isdigit() else {})


def fill(template: str, values: Mapping[str, str], *, html: bool) -> str:
    """The letter of one recipient: every field by its value, else its fallback, else nothing. The sender's fast builder does the
    same and is tested against this.

    `values` are by code, an address with a number by "poll_url:3". In HTML values are escaped, quotes too; fallbacks are already.
    """
    put: Callable[[str], str] = (lambda value: escape(value, quote=True)) if html else str

    def one(found: re.Match[str]) -> str:
        code = f"{found[1]}:{found[2]}" if found[2] else found[1]
        value = clean(str(values.get(code) or ""))
        return put(value) if value else (found[3] or "")

    return PLACE.sub(one, template)


def without_persons(template: str) -> str:
    """The words for the archive, where nobody in particular reads: each field by its fallback, of a greeting and the rest nothing.

    Marks left alone by a name that is not there ("Hei ,") are tidied.
    """
    return _WITH_MARKS.sub(_nobody, template)


# A field with the marks around it: what is said of nobody takes its blank, and a comma that would stand before another mark, with it.
_WITH_MARKS = re.compile(rf"(?P<comma>,)?(?P<blank>[ \u00a0]*){PLACE.pattern}(?P<mark>(?=[,.!?;:]))?")


def _nobody(found: re.Match[str]) -> str:
    place = PLACE.search(found[0])
    assert place is not None
    before = found[0][: place.start()]
    if place[1] in ADDRESSES or place[3]:
        return before + (place[0] if place[1] in ADDRESSES else place[3])
    return before if found["mark"] is None else ""
