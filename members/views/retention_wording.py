"""Retention in words: whose months hold, the state of an erasure, why something could not be done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.money import format_number
from members.models import ErasureItem, ErasureRun, OrgUnit, RetentionRule
from members.models.retention import OPEN_RUNS, RunState
from members.personal import terms

# So many names of a dry run are shown, those whose time ran out first.
SHOWN = 100


def whose(kind: str, unit: OrgUnit, *, is_federation: bool) -> str:
    said = set(RetentionRule.objects.filter(kind=kind).order_by("pk").values_list("unit_id", flat=True))
    if unit.pk in said and not is_federation:
        return _("the association's own")
    return _("the federation's") if None in said else _("the service's starting value")


def open_run(kind: str, unit: OrgUnit) -> ErasureRun | None:
    return ErasureRun.objects.filter(unit=unit, kind=kind, state__in=OPEN_RUNS).first()


def inherited(kind: str, owner: OrgUnit | None) -> str:
    if owner is None:
        return _("the service's starting value, %(time)s") % {"time": terms.span(terms.rule(kind).months)}
    return _("the federation, %(time)s") % {"time": terms.span(terms.months_of(kind))}


def chip(run: ErasureRun) -> tuple[str, str]:
    if run.state == RunState.PROPOSED and run.returned_on:
        return "danger", _("the approval fell away")
    if run.state == RunState.PROPOSED and run.stopped:
        return "danger", _("stopped")
    kinds = {
        RunState.PROPOSED: "warn",
        RunState.QUARANTINE: "info",
        RunState.ERASING: "info",
        RunState.DONE: "done",
    }
    return kinds.get(RunState(run.state), "plain"), str(RunState(run.state).label)


def when(run: ErasureRun) -> str:
    """What happens next, or when it ended."""
    if run.state == RunState.QUARANTINE and run.erase_on:
        return _("Erased on %(day)s") % {"day": format_date(run.erase_on)}
    return format_date(run.ended_on) if run.ended_on else ""


def item_chip(item: ErasureItem) -> tuple[str, str]:
    state = ErasureItem.State
    kinds = {
        state.WAITING: "warn",
        state.SPARED: "info",
        state.ERASED: "done",
        state.KEPT: "danger",
        state.FAILED: "danger",
    }
    return kinds[state(item.state)], str(state(item.state).label)


def numbers(run: ErasureRun) -> list[tuple[str, int]]:
    """How many people are in which state, of those there are."""
    found = Counter(ErasureItem.objects.filter(run=run).order_by().values_list("state", flat=True))
    return [(str(state.label), found[state.value]) for state in ErasureItem.State if found[state.value]]


def stop(run: ErasureRun) -> str:
    """Why the breaker stopped it, in numbers."""
    of = _("%(n)s of the %(all)s people the associations know.") % {
        "n": format_number(run.candidates, "fi"),
        "all": format_number(run.people, "fi"),
    }
    if run.previous is None:
        return of
    return of + " " + _("The last time there were %(n)s.") % {"n": format_number(run.previous, "fi")}


def previous(unit: OrgUnit, kind: str) -> int | None:
    row = ErasureRun.objects.filter(unit=unit, kind=kind, state=RunState.DONE).order_by("-pk").first()
    return row.candidates if row else None


def by_unit(found: Sequence[terms.Due], units: Mapping[int, OrgUnit]) -> list[tuple[str, str]]:
    counted = Counter(due.unit_id for due in found)
    rows = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return [
        (str(units[unit]), ngettext("%(n)s person", "%(n)s persons", n) % {"n": n}) for unit, n in rows[:20]
    ]


def error(code: str) -> str:
    texts = {
        "none": _("Nobody's time has run out by this rule."),
        "open": _("An erasure by this rule is open already. Finish it or take it back first."),
        "changed": _("Somebody has changed it meanwhile. Look at it again."),
        "same": _("Another person has to approve it than the one who proposed it."),
        "stopped": _(
            "The number has jumped. Only the union's register manager can approve it, with a reason."
        ),
    }
    return texts[code]
