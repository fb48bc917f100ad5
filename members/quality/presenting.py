"""Issues in words, with the way to the very field that puts them right."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from members.models import Membership, Party, QualityIssue
from members.models.quality import Severity
from members.quality.rules import BY_CODE, Rule

CHIPS = {Severity.ERROR: "danger", Severity.WARNING: "warn", Severity.INFO: "info"}
# Rules of the party itself → the field of its own form.
_FIELDS = {
    "no_contact": "id_street",
    "bounced": "id_email",
    "no_municipality": "id_home_municipality",
    "birth_date": "id_birth_date",
    "postal_code": "id_postal_code",
    "same_y_tunnus": "id_y_tunnus",
}

# Rules that are put right on the page of the household or of the organisation's people.
_HOUSEHOLD = frozenset({"uncovered_family", "no_voter"})


@dataclass(frozen=True)
class Told:
    """One line of the work list."""

    issue: QualityIssue
    party: Party
    rule: Rule
    memberships: list[Membership]
    url: str
    editable: bool

    @property
    def chip(self) -> str:
        return CHIPS[Severity(self.issue.severity)]


def told(issue: QualityIssue, memberships: list[Membership], *, editable: bool) -> Told:
    """`memberships`: those of the party within reach; `editable`: whether the reader may put it right."""
    return Told(issue, issue.party, BY_CODE[issue.rule], memberships, _address(issue), editable)


def _address(issue: QualityIssue) -> str:
    kind, _sep, key = issue.subject.partition(":")
    party = issue.party_id
    if issue.rule in _FIELDS:
        return f"{reverse('office:member_edit', args=[party])}#{_FIELDS[issue.rule]}"
    if issue.rule == "no_guardian":
        return reverse("office:member_link_add", args=[party])
    if issue.rule in _HOUSEHOLD:
        return reverse("office:household", args=[party])
    if kind == "holding":
        page = reverse("office:holding_edit", args=[party, int(key)])
        return f"{page}#id_y_tunnus" if issue.rule == "no_y_tunnus" else page
    return reverse("office:holding_add", args=[party])
