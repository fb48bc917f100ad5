"""Criteria of the community: who has a skill, an interest or a willingness, and who is in a group (REG-18)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.common.keys import key_of
from members.choosing import Choices
from members.filters import Narrowing
from members.models import CommunityGroup, CommunityTerm, GroupMember, PartyTerm
from members.models.community import TermKind, offered_by
from members.models.dated import valid_on
from members.segments import fields
from members.segments.criteria import HAVING, Kind, Known, register
from members.segments.tree import IS

Values = dict[str, Any]
Text = Any
LABELS: dict[str, Text] = {
    TermKind.SKILL: _("Skill"),
    TermKind.INTEREST: _("Interest"),
    TermKind.WILLING: _("Willing to a post"),
}
CLAUSES: dict[tuple[str, bool], Text] = {
    (TermKind.SKILL, True): _("whose skills include %(what)s"),
    (TermKind.SKILL, False): _("whose skills do not include %(what)s"),
    (TermKind.INTEREST, True): _("who are interested in %(what)s"),
    (TermKind.INTEREST, False): _("who are not interested in %(what)s"),
    (TermKind.WILLING, True): _("who would take the post %(what)s"),
    (TermKind.WILLING, False): _("who have not offered to take the post %(what)s"),
}


class WordField(forms.ChoiceField):
    """A word offered in the reader's units. One that a colleague's segment names is understood too."""

    def valid_value(self, value: Any) -> bool:
        return bool(key_of(str(value)))


def _terms(choices: Choices, kind: str) -> list[tuple[str, str]]:
    """The words of a kind that are offered in the reader's units or were; asked once for all kinds."""
    if "terms" not in choices.kept:
        rows = CommunityTerm.objects.filter(offered_by(choices.unit_ids)).by_name()
        choices.kept["terms"] = [(term.kind, str(term.pk), str(term)) for term in rows]
    return [(pk, name) for of, pk, name in choices.kept["terms"] if of == kind]


def _groups(choices: Choices) -> list[tuple[str, str]]:
    if "groups" not in choices.kept:
        rows = CommunityGroup.objects.filter(offered_by(choices.unit_ids)).order_by("name", "pk")
        choices.kept["groups"] = [(str(pk), name) for pk, name in rows.values_list("pk", "name")]
    return list(choices.kept["groups"])


def _within(choices: Choices, path: str) -> Q:
    """Words and groups of the reader's units and of those above them: any other would tell where else people belong."""
    return offered_by(choices.unit_ids, path)


def _named(pairs: list[tuple[str, str]], pk: str) -> str:
    """Quoted; a word of associations out of the reader's reach is not told."""
    name = dict(pairs).get(pk)
    return _("“%(name)s”") % {"name": name} if name else "?"


def _of_term(kind: str, order: int) -> Kind:
    def narrow(found: Narrowing, values: Values) -> None:
        rows = PartyTerm.objects.filter(
            valid_on(found.on),
            _within(found.choices, "term__unit"),
            party_id=OuterRef("pk"),
            term_id=key_of(values["what"]),
        )
        found.parties &= Q(Exists(rows))

    def clause(choices: Choices, values: Values, op: str) -> str:
        return str(CLAUSES[kind, op == IS]) % {"what": _named(_terms(choices, kind), values["what"])}

    def fact(known: Known, values: Values) -> str:
        within = _within(known.choices, "term__unit")
        rows = PartyTerm.objects.on(known.on).filter(within, party=known.party, term__kind=kind)
        return ", ".join(str(row.term) for row in rows.select_related("term").order_by("term__name_fi", "pk"))

    return Kind(
        kind, LABELS[kind], "other", narrow, clause,
        fact=fact, fields=_one(LABELS[kind], lambda choices: _terms(choices, kind)), operators=HAVING,
        offered=lambda choices: bool(_terms(choices, kind)), classes="B", order=order,
    )  # fmt: skip


def _one(
    label: Text, pairs: Callable[[Choices], list[tuple[str, str]]]
) -> Callable[[Choices], dict[str, forms.Field]]:
    return lambda choices: {"what": WordField(label=label, choices=pairs(choices), widget=fields.QuickSelect)}


def _in_group(found: Narrowing, values: Values) -> None:
    rows = GroupMember.objects.filter(
        valid_on(found.on),
        _within(found.choices, "group__unit"),
        party_id=OuterRef("pk"),
        group_id=key_of(values["what"]),
        asked=False,
    )
    found.parties &= Q(Exists(rows))


def _group_clause(choices: Choices, values: Values, op: str) -> str:
    text = _("who are in the group %(what)s") if op == IS else _("who are not in the group %(what)s")
    return str(text) % {"what": _named(_groups(choices), values["what"])}


def _group_fact(known: Known, values: Values) -> str:
    within = _within(known.choices, "group__unit")
    rows = GroupMember.objects.on(known.on).filter(within, party=known.party, asked=False)
    return ", ".join(row.group.name for row in rows.select_related("group").order_by("group__name", "pk"))


def register_community() -> None:
    """Called when the app is ready."""
    for order, kind in enumerate(TermKind.values, 60):
        register(_of_term(kind, order))
    register(
        Kind(
            "in_group", _("Group of members"), "other", _in_group, _group_clause,
            fact=_group_fact, fields=_one(_("Group of members"), _groups), operators=HAVING,
            offered=lambda choices: bool(_groups(choices)), classes="B", order=70,
        )
    )  # fmt: skip
