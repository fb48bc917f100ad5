"""Whatever is done to a membership, its columns are the fold of its events, and the events stay (REG-4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import Membership, MembershipEvent
from members.services import ending, lifecycle, transferring, undoing
from members.services.lifecycle import LifecycleError, fold
from members.services.transferring import TransferError
from tests.cast import TODAY, Cast
from tests.members.importing.helpers import checked, saved, taken_back

DATA = Path(__file__).parents[1] / "data"
DAYS = st.dates(date(2000, 1, 1), date(2030, 12, 31))
ENDINGS = ("resigned", "deemed_resigned", "expelled", "died", "transferred")


def assert_folded() -> None:
    """Every membership of the register."""
    for membership in Membership.objects.prefetch_related("events").order_by("pk"):
        folded = fold(sorted(membership.events.all(), key=lambda event: event.pk))
        columns = (membership.state, membership.started_on, membership.ended_on)
        assert columns == (folded.state, folded.started_on, folded.ended_on), membership.pk


def _end(kind: str) -> Callable[..., object]:
    return lambda m, day, cast: lifecycle.end(actor=None, membership=m, kind=kind, effective_on=day)


ACTS: dict[str, Callable[[Membership, date, Cast], object]] = {
    **{kind: _end(kind) for kind in ENDINGS},
    "admit": lambda m, day, _: lifecycle.admit(actor=None, membership=m, decided_on=day, effective_on=day),
    "reject": lambda m, day, _: lifecycle.reject(actor=None, membership=m, decided_on=day, reason="ei"),
    "reinstate": lambda m, day, _: lifecycle.reinstate(
        actor=None, membership=m, effective_on=day, reason="x"
    ),
    "correct": lambda m, day, _: lifecycle.correct_start(
        actor=None, membership=m, started_on=day, reason="x", on=TODAY
    ),
    "withdraw": lambda m, day, _: lifecycle.withdraw_decision(actor=None, membership=m, on=day, reason="x"),
    "expire": lambda m, day, _: lifecycle.expire(actor=None, membership=m, on=day),
    "resign": lambda m, day, _: ending.end_membership(
        actor=None, membership=m, kind="resigned", noticed_on=day
    ),
    "transfer": lambda m, day, cast: transferring.transfer(
        actor=None, membership=m, unit=cast.units["a2"], type=m.type, on=day
    ),
    "undo": lambda m, day, _: _undo_last(m),
    "exempt": lambda m, day, _: lifecycle.exempt_from_fee(
        actor=None, membership=m, until=day, reason="x", on=TODAY
    ),
    "type": lambda m, day, cast: lifecycle.change_type(
        actor=None,
        membership=m,
        type=cast.types["student" if m.type.federation_code != "student" else "supporting"],
        effective_on=day,
        reason="x",
    ),
}


def _undo_last(membership: Membership) -> None:
    """Take back the act of the latest event, whatever it was."""
    last = membership.events.latest("pk")
    try:
        with mutation(actor=None, kind="test.undo"):
            undoing.put_back(actor=None, mutation_id=last.mutation_id, on=TODAY)
    except undoing.UndoError as error:
        raise LifecycleError(error.code) from error


@pytest.mark.django_db
@given(
    steps=st.lists(st.tuples(st.sampled_from(sorted(ACTS)), DAYS), min_size=1, max_size=8),
    applied=st.booleans(),
)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=60,
    deadline=None,
)
def test_any_sequence_of_acts_leaves_the_fold_in_the_columns(
    cast: Cast, steps: list[tuple[str, date]], applied: bool
) -> None:
    with clock.frozen(TODAY), transaction.atomic():
        party, unit, kind = cast.parties["lotta"], cast.units["a"], cast.types["personal"]
        if applied:
            begun = lifecycle.apply(actor=None, party=party, unit=unit, type=kind, on=TODAY)
        else:
            begun = lifecycle.start(
                actor=None, party=party, unit=unit, type=kind, started_on=date(2015, 5, 5)
            )
        count = 1
        for name, day in steps:
            membership = Membership.objects.select_related("type").get(pk=begun.pk)
            try:
                with transaction.atomic():
                    ACTS[name](membership, day, cast)
                count += 1
            except (LifecycleError, TransferError):
                pass  # not possible in this state: nothing may have been written
            assert_folded()
            assert begun.events.count() == count
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_imports_and_their_taking_back_leave_the_fold_in_the_columns(cast: Cast) -> None:
    with clock.frozen(TODAY):
        saved(checked(cast, (DATA / "kuusilahti.csv").read_bytes(), started_on=None))
        assert_folded()
        maija: dict[str, Any] = {"Nimi": "Metsäpelto Maija", "Sähköposti": "maija@example.fi"}
        changed = maija | {"Jäsenlaji": "Henkilöjäsen", "Liittynyt": "2.2.2019", "Eronnut": "1.3.2026"}
        batch = saved(checked(cast, [changed]))
        membership = Membership.objects.get(party=cast.parties["maija"], unit=cast.units["a"])
        assert (membership.state, membership.started_on) == ("ended", date(2019, 2, 2))
        assert_folded()
        taken_back(batch)
        assert_folded()


@pytest.mark.django_db
def test_an_event_is_deleted_by_nobody_but_the_import_that_wrote_it(cast: Cast) -> None:
    event = MembershipEvent.objects.order_by("pk").first()
    assert event is not None
    for delete in (
        lambda: MembershipEvent.objects.filter(pk=event.pk).delete(),
        lambda: event.membership.delete(),
        lambda: connection.cursor().execute("DELETE FROM members_membershipevent"),
    ):
        with (
            pytest.raises(DatabaseError, match="stays"),
            transaction.atomic(),
            mutation(actor=None, kind="test"),
        ):
            delete()
    assert MembershipEvent.objects.filter(pk=event.pk).exists()
