"""Giving posts, ending them early, and taking either back (REG-12).

Nobody gives more than one holds (`members.granting`), to oneself, or for longer than the role allows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.db.models import Q

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.models import Change, Mutation
from jasenpalvelu.audit.services import current_mutation, mark_undone, mutation
from members import granting
from members.granting import Right
from members.models import (
    Decision,
    Mandate,
    Membership,
    OrgUnit,
    Party,
    PartyLogin,
    RoleTemplate,
    UnitClosure,
)
from members.models.mandates import MandateQuerySet, Reach
from members.models.units import Relation
from members.scope import Scope
from members.services.founding import Appointee, FoundingError, person_with_login

GRANT = "mandates.grant"
TABLE = "members_mandate"
UNDOABLE = {"mandate.grant", "mandate.end"}


class MandateError(Exception):
    """`code`: unit (not the granter's), role (not given in the unit), more (goes beyond what the granter holds: `rights`),
    self (one's own post), period, long (over the role's longest period), early (before the decision), held (the person has the
    post at that time), dead, organisation, units (listed units are missing), ended, later or done (cannot be undone any more);
    those of FoundingError about the login."""

    def __init__(self, code: str, rights: Iterable[Right] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.rights = list(rights)


@dataclass(frozen=True)
class Resolution:
    """The decision a post stands on."""

    body: str
    decided_on: date
    section: str = ""


@dataclass(frozen=True)
class Term:
    """From the first day to the last, None until further notice."""

    first: date
    last: date | None


def rights_of(template: RoleTemplate) -> list[Right]:
    return [Right(row.capability, row.reach, frozenset(row.classes)) for row in template.grants.all()]


def beyond(scope: Scope, rights: Iterable[Right], *, unit_id: int, listed: Iterable[int] = ()) -> list[Right]:
    """What of the rights, given in the unit, goes beyond the scope."""
    units = {unit_id, *listed}
    above: dict[int, set[int]] = {}
    pairs = UnitClosure.objects.filter(descendant_id__in=units, relation=Relation.ADMINISTRATIVE)
    for unit, ancestor in pairs.values_list("descendant_id", "ancestor_id"):
        above.setdefault(unit, set()).add(ancestor)
    return granting.lacking(rights, unit_id=unit_id, listed=listed, held=scope.grants, above=above)


def longest_last(template: RoleTemplate, first: date) -> date | None:
    """The latest last day of a term that begins on the day; None when the role knows no end."""
    if template.longest_months is None:
        return None
    return first + relativedelta(months=template.longest_months) - timedelta(days=1)


def grant(
    *,
    scope: Scope,
    who: Appointee,
    unit: OrgUnit,
    template: RoleTemplate,
    term: Term,
    resolution: Resolution,
    actor: User,
    on: date,
    listed: Iterable[int] = (),
) -> Mandate:
    """Give the post. The person is `who.party`, or is entered with the address that will be the login. Raises MandateError."""
    with mutation(actor=actor, kind="mandate.grant", summary=template.name_fi, unit_id=unit.pk):
        template = RoleTemplate.objects.select_for_update().get(pk=template.pk)
        units = sorted(set(listed)) if _asks_for_units(template) else []
        _refuse_unit(scope, unit, template, units)
        _refuse_term(template, term, resolution, on)
        party = _person(who, scope, actor, on)
        _refuse_twice(party, unit, template, term)
        decision = Decision.objects.create(
            unit=unit,
            body=resolution.body,
            decided_on=resolution.decided_on,
            section=resolution.section,
            subject=template.name_fi,
        )
        return Mandate.objects.create(
            party=party,
            unit=unit,
            template=template,
            listed_units=units,
            decision=decision,
            granted_by=actor,
            valid_from=term.first,
            valid_to=term.last,
        )


def _asks_for_units(template: RoleTemplate) -> bool:
    return any(row.reach == Reach.LISTED for row in template.grants.all())


def _refuse_unit(scope: Scope, unit: OrgUnit, template: RoleTemplate, listed: list[int]) -> None:
    if not scope.can(GRANT, unit.pk):
        raise MandateError("unit")
    if not template.active or template.unit_id not in {None, unit.pk}:
        raise MandateError("role")
    if _asks_for_units(template) and not listed:
        raise MandateError("units")
    if too_much := beyond(scope, rights_of(template), unit_id=unit.pk, listed=listed):
        raise MandateError("more", too_much)


def _refuse_term(template: RoleTemplate, term: Term, resolution: Resolution, on: date) -> None:
    if term.first < resolution.decided_on or resolution.decided_on > on:
        raise MandateError("early")
    if term.last is not None and (term.last < term.first or term.last < on):
        raise MandateError("period")
    longest = longest_last(template, term.first)
    if longest is not None and (term.last is None or term.last > longest):
        raise MandateError("long")


def _person(who: Appointee, scope: Scope, actor: User, on: date) -> Party:
    """The person with a login of their own; a login there is already stays as it is."""
    party = who.party
    if party is not None:
        party = Party.objects.select_for_update().get(pk=party.pk)
        if not party.is_person:
            raise MandateError("organisation")
        if party.person.deceased_on is not None:
            raise MandateError("dead")
        if party.pk == scope.party_id:
            raise MandateError("self")
        if PartyLogin.objects.filter(party=party).exists():
            return party
    try:
        found = person_with_login(who=who, on=on, actor=actor)
    except FoundingError as error:
        raise MandateError(error.code) from None
    if found.pk == scope.party_id:
        raise MandateError("self")
    return found


def _refuse_twice(party: Party, unit: OrgUnit, template: RoleTemplate, term: Term) -> None:
    if _same_time(party.pk, unit.pk, template.pk, term).exists():
        raise MandateError("held")


def _same_time(party_id: int, unit_id: int, template_id: int, term: Term) -> MandateQuerySet:
    rows = Mandate.objects.filter(party_id=party_id, unit_id=unit_id, template_id=template_id)
    rows = rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=term.first))
    return (
        rows if term.last is None else rows.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=term.last))
    )


# --- ending ---------------------------------------------------------------------------------------------------------
def end(*, scope: Scope, mandate: Mandate, last_day: date, reason: str, actor: User, on: date) -> Mutation:
    """End a post before its time. A last day that has gone takes the rights at once; a post that would not have begun by then
    is taken off. Raises MandateError."""
    with mutation(actor=actor, kind="mandate.end", summary=reason, unit_id=mandate.unit_id) as done:
        mandate = Mandate.objects.select_for_update(of=("self",)).get(pk=mandate.pk)
        if not scope.can(GRANT, mandate.unit_id):
            raise MandateError("unit")
        if mandate.valid_to is not None and mandate.valid_to < on:
            raise MandateError("ended")
        if mandate.valid_to is not None and last_day > mandate.valid_to:
            raise MandateError("period")
        if last_day < on - timedelta(days=1):
            raise MandateError("early")
        if mandate.valid_from is not None and last_day < mandate.valid_from:
            mandate.end_reason = reason
            mandate.save(update_fields=["end_reason"])
            mandate.delete()
            return done
        mandate.valid_to, mandate.end_reason = last_day, reason
        mandate.save(update_fields=["valid_to", "end_reason"])
        return done


# --- undoing --------------------------------------------------------------------------------------------------------
def undo(*, scope: Scope, mutation_id: UUID, actor: User) -> Mutation:
    """Take a giving or an ending back as long as nothing was done to the post since. Raises MandateError.

    It is for the one who did it, and for those who might give the post.
    """
    with mutation(actor=actor, kind="mandate.undo") as done:
        undone = Mutation.objects.select_for_update().filter(pk=mutation_id).first()
        if undone is None or undone.kind not in UNDOABLE or undone.undone_by_id is not None:
            raise MandateError("done")
        change = Change.objects.filter(mutation=undone, table_name=TABLE).order_by("-pk").first()
        if change is None or change.unit_id is None or not scope.can(GRANT, change.unit_id):
            raise MandateError("unit")
        if _touched_since(change):
            raise MandateError("later")
        if undone.kind == "mandate.grant":
            _take_away(change, undone)
        else:
            _give_back(scope, change, undone, actor)
        mark_undone(undone=undone, by=current_mutation() or done)
    return done


def _touched_since(change: Change) -> bool:
    return Change.objects.filter(table_name=TABLE, row_id=change.row_id, pk__gt=change.pk).exists()


def _take_away(change: Change, undone: Mutation) -> None:
    """The post goes, and the person and login made for it when nothing else has come of them."""
    mandate = Mandate.objects.select_for_update(of=("self",)).select_related("party").get(pk=change.row_id)
    party, decision = mandate.party, mandate.decision
    mandate.delete()
    if decision is not None:
        decision.delete()
    made = {row.table_name for row in Change.objects.filter(mutation=undone, party_id=party.pk, op="I")}
    used = Mandate.objects.filter(party=party).exists() or Membership.objects.filter(party=party).exists()
    if used or "members_partylogin" not in made:
        return
    login = PartyLogin.objects.filter(party=party).select_related("user").first()
    if login is None or login.user.last_login is not None:
        return
    user = login.user
    login.delete()
    if "members_party" in made:
        party.delete()
    user.delete()


def _give_back(scope: Scope, change: Change, undone: Mutation, actor: User) -> None:
    before = change.before or {}
    if change.op == Change.Op.DELETE:
        row = Mandate(**_columns(before))
        row.pk, row.end_reason = None, ""
    else:
        row = Mandate.objects.select_for_update(of=("self",)).get(pk=change.row_id)
        last = before.get("valid_to")
        row.valid_to, row.end_reason = (
            date.fromisoformat(last) if last else None,
            before.get("end_reason", ""),
        )
    if row.party_id == scope.party_id:
        raise MandateError("self")
    rights = rights_of(row.template)
    if undone.actor_id != actor.pk and beyond(scope, rights, unit_id=row.unit_id, listed=row.listed_units):
        raise MandateError("more")
    term = Term(_day(row.valid_from) or date.min, _day(row.valid_to))
    twins = _same_time(row.party_id, row.unit_id, row.template_id, term)
    if twins.exclude(pk=row.pk).exists():
        raise MandateError("later")
    row.save()


def _columns(row: dict[str, object]) -> dict[str, object]:
    return {f.attname: row[f.column] for f in Mandate._meta.concrete_fields if f.column in row}


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
