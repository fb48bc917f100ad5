"""The privacy notice of an association, made from what the service really does: the maps, the holds, the posts (GDPR articles 13 and 14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jasenpalvelu.common import paper
from jasenpalvelu.common.dates import format_date
from members.documents.sender import foot, sender
from members.models import OrgUnit, UnitClosure
from members.models.joining import KEPT
from members.models.units import Relation
from members.personal import copying, registry
from members.personal.reading import exported
from members.personal.registry import CHAPTERS
from members.seers import who_sees

TEMPLATE = "documents/notice.html"
# What belongs to logging in and to working in the office is not asked of a member.
OF_STAFF = {"members_savedview", "django_admin_log", "members_mandate", "members_training"}


@dataclass(frozen=True)
class Section:
    """A heading, sentences, and a list."""

    title: str
    paragraphs: list[str]
    lines: list[str]


def sections(unit: OrgUnit, on: date) -> list[Section]:
    """In the language of the moment."""
    return [
        Section(_("Who answers for the data"), _controller(unit), []),
        Section(_("What the data is used for, and on what basis"), [], _purposes()),
        Section(_("What is kept"), [_("Of a member, and of whoever pays for one:")], categories()),
        Section(_("Where the data comes from"), [], _sources()),
        Section(_("Who sees the data"), [_("Those who hold these posts, and nobody else:")], _recipients(unit, on)),
        Section(_("To whom the data is given"), [], copying.processors()),
        Section(_("Decisions by machine"), copying.by_machine([unit.pk], on), []),
        Section(_("How long it is kept"), [], _retention(unit)),
        Section(_("Your rights"), _how_to_ask(unit), copying.rights()),
    ]  # fmt: skip


def _controller(unit: OrgUnit) -> list[str]:
    place = " ".join(filter(None, (unit.postal_code, unit.city)))
    about = ", ".join(filter(None, (unit.name, unit.street, place, unit.email, unit.phone)))
    above = UnitClosure.objects.filter(
        descendant=unit, relation=Relation.ADMINISTRATIVE, depth__gt=0
    ).order_by("-depth")
    top = above.select_related("ancestor").first()
    texts = [f"{about}."]
    if top is not None:
        texts.append(
            _("%(union)s keeps the register for the association and sees only what its tasks need.")
            % {"union": top.ancestor.name}
        )
    return texts


def _purposes() -> list[str]:
    return [
        _("Handling applications and memberships: the membership is an agreement between you and the association (GDPR article 6(1)(b))."),
        _("The list of members, which the law demands: Associations Act 503/1989, section 11 (article 6(1)(c))."),
        _("Fees, invoices and payments: the agreement, and the Accounting Act 1336/1997 (article 6(1)(b) and (c))."),
        _("Letters and messages that belong to the membership: the agreement (article 6(1)(b))."),
        _("News about what the association does: its legitimate interest in keeping members informed; you may forbid them (articles 6(1)(f) and 21)."),
        _("Commercial messages, photos and what is given to partners: your consent, which you may take back at any time (article 6(1)(a))."),
        _("A log of who changed and who saw what, so that nobody looks without cause: articles 6(1)(c) and 32."),
    ]  # fmt: skip


def categories() -> list[str]:
    """The chapters of the person's own copy with the tables in them: what is not in the map is not kept."""
    lines = []
    for chapter, title in CHAPTERS.items():
        names = [
            str(rows.title)
            for rows in registry.all_rows()
            if rows.chapter == chapter and exported(rows.table) and rows.table not in OF_STAFF
        ]
        if names:
            small = [name[:1].lower() + name[1:] for name in dict.fromkeys(names)]
            lines.append(f"{title}: {', '.join(small)}")
    return lines


def _sources() -> list[str]:
    return [
        _("From you: the join form, your own pages, and what you tell the office."),
        _("From the association's earlier register."),
        _("From the bank: payments."),
    ]


def _recipients(unit: OrgUnit, on: date) -> list[str]:
    found = who_sees(frozenset({unit.pk}), frozenset(), on)
    lines = [f"{seer.level}: {'; '.join(seer.lines)}" for seer in found]
    return [*lines, _("What a non-disclosure order protects is hidden from all of them.")]


def _retention(unit: OrgUnit) -> list[str]:
    days = KEPT.days
    join = ngettext(
        "An application that is not confirmed is deleted after %(n)s day.",
        "An application that is not confirmed is deleted after %(n)s days.",
        days,
    )
    return [
        *copying.retention([unit.pk]),
        _("Contacts, family and fee bases are seen by the office for a year after the membership has ended."),
        join % {"n": days},
        _("Files that lists were imported from go 90 days after the import."),
    ]


def _how_to_ask(unit: OrgUnit) -> list[str]:
    asked = unit.email or unit.phone or unit.street
    return [
        _("Log in to your own pages: there you download everything that is held of you, see who has looked, and ask."),
        _("Without a login ask the association: %(contact)s. You get the answer within a month.") % {"contact": asked}
        if asked
        else _("Without a login ask the association. You get the answer within a month."),
    ]  # fmt: skip


def pdf(unit: OrgUnit, *, on: date, language: str) -> bytes:
    """The same on paper."""
    with translation.override(language):
        head = sender(unit, language)
        values: dict[str, Any] = {
            "lang": language,
            "title": _("Privacy notice"),
            "author": unit.name_in(language),
            "created": on.isoformat(),
            "body": "record",
            "page": _("page"),
            "sender": head,
            "foot": foot(unit, language, ""),
            "number": format_date(on),
            "sections": sections(unit, on),
        }
        return paper.pdf(TEMPLATE, values, head["logo"])
