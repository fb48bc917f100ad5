"""Drawing up a change: a draft one comes back to, planned when it is ready, a draft again as long as nothing was done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from dateutil.relativedelta import relativedelta

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import OrgChange, OrgChangePost, OrgUnit
from members.models.reorganising import OPEN_CHANGES, ChangeKind, ChangeState
from members.scope import Scope
from members.services.reorganising import hindering, posts

# What a person decides, by step; anything else is not to be set from a form.
BASICS = {"sources", "target", "relation", "effective_on", "decided_on", "section", "ground"}
NEW_UNIT = {"name_fi", "name_sv", "like", "copy_fees"}
DIVISION = {"division", "municipalities", "segment", "picked"}
SETTLING = {"settle_until", "copy_fees", "like"}
# So long the accounts of an ended unit are settled unless it is said otherwise.
SETTLED_IN = relativedelta(years=1)


class ChangeError(Exception):
    """`code`: state (it is not at this stage any more), conflicts (see `hindering.conflicts`), post (not offered), early (its
    day has not come)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def draw_up(*, kind: str, values: Mapping[str, Any], actor: User) -> OrgChange:
    """A new draft; the caller has seen that the units are within reach."""
    _known(values, BASICS | NEW_UNIT)
    change = OrgChange(kind=kind, created_by=actor, **values)
    if kind == ChangeKind.MERGE:
        change.settle_until = change.effective_on + SETTLED_IN
    with mutation(actor=actor, kind="units.draft", summary=title(change), unit_id=_unit(change)):
        change.save(force_insert=True)
    return change


def edit(*, change: OrgChange, values: Mapping[str, Any], actor: User) -> OrgChange:
    """Change the draft. ChangeError("state") once it has been planned."""
    _known(values, BASICS | NEW_UNIT | DIVISION | SETTLING)
    with mutation(actor=actor, kind="units.draft", summary=title(change), unit_id=_unit(change)):
        change = locked(change, ChangeState.DRAFT)
        for name, value in values.items():
            setattr(change, name, value)
        change.save()
        kept = [mandate.pk for mandate in posts.of_change(change)]
        change.posts.exclude(mandate__in=kept).delete()
    return change


def choose_posts(*, change: OrgChange, choices: Mapping[int, str], actor: User) -> OrgChange:
    """What becomes of each post, by the mandate's key. ChangeError("post") for one that is not offered."""
    with mutation(actor=actor, kind="units.draft", summary=title(change), unit_id=_unit(change)):
        change = locked(change, ChangeState.DRAFT)
        change.posts.all().delete()
        known = {mandate.pk: mandate for mandate in posts.of_change(change)}
        for pk, choice in sorted(choices.items()):
            mandate = known.get(pk)
            if mandate is None or choice not in posts.choices(change, mandate):
                raise ChangeError("post")
            OrgChangePost.objects.create(change=change, mandate=mandate, choice=choice)
    return change


def plan(*, change: OrgChange, actor: User, at: datetime) -> OrgChange:
    """The draft is final and waits for its day. It is carried out in the name and with the rights of whoever planned it."""
    with mutation(actor=actor, kind="units.plan", summary=title(change), unit_id=_unit(change)):
        change = locked(change, ChangeState.DRAFT)
        change.state, change.planned_by, change.planned_at = ChangeState.PLANNED, actor, at
        change.problem = ""
        change.save()
    return change


def back_to_draft(*, change: OrgChange, actor: User) -> OrgChange:
    with mutation(actor=actor, kind="units.draft", summary=title(change), unit_id=_unit(change)):
        change = locked(change, ChangeState.PLANNED)
        change.state, change.planned_by, change.planned_at = ChangeState.DRAFT, None, None
        change.save()
    return change


def remove(*, change: OrgChange, actor: User) -> None:
    """A draft or a plan nobody needs any more; its history stays."""
    with mutation(actor=actor, kind="units.remove", summary=title(change), unit_id=_unit(change)):
        locked(change, *OPEN_CHANGES).delete()


def locked(change: OrgChange, *states: str) -> OrgChange:
    """ChangeError("state") when it is in another state by now."""
    rows = OrgChange.objects.select_for_update(of=("self",)).filter(pk=change.pk, state__in=states)
    found = rows.first()
    if found is None:
        raise ChangeError("state")
    return found


def refuse_conflicts(change: OrgChange, scope: Scope, on: date) -> None:
    if hindering.conflicts(change, scope=scope, on=on):
        raise ChangeError("conflicts")


def title(change: OrgChange) -> str:
    """The change as one line of the history: the units by their Finnish names."""
    names = OrgUnit.objects.in_bulk({*change.sources, *([change.target_id] if change.target_id else [])})
    said = [names[pk].name_fi for pk in change.sources if pk in names]
    goes_on = names[change.target_id].name_fi if change.target_id in names else change.name_fi
    return f"{' + '.join(said)} → {goes_on}"[:400]


def _unit(change: OrgChange) -> int:
    return change.target_id or change.sources[0]


def _known(values: Mapping[str, Any], allowed: set[str]) -> None:
    assert values.keys() <= allowed, sorted(values.keys() - allowed)
