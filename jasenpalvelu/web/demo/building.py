"""Builds the demo federation in one go: units, people, posts and logins, fees, last year's invoices and payments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random

from django.conf import settings
from django.db import connection, transaction
from django.utils import translation

from billing.services.counting import count_fees
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.web.demo import (
    applications,
    checks,
    community,
    consents,
    content,
    copying,
    finance,
    letters,
    outbox,
    structure,
    surveys,
    talks,
)
from jasenpalvelu.web.demo.people import People
from jasenpalvelu.web.demo.posts import create_posts
from jasenpalvelu.web.demo.rows import Rows
from members import tasks as members_tasks
from members.models import Party
from members.services import counting
from members.services.base_data import ensure_base_data
from members.services.indexing import refresh_search
from members.services.registering import next_member_numbers

# Above this the rows' own history is left out: it would only say that the demo made them.
HISTORY_UP_TO = 20_000
SEARCH_CHUNK = 20_000

Tell = Callable[[str], None]


class NotEmpty(Exception):
    """There are members already; the demo is only built into an empty register."""


def build(*, persons: int, seed: int, on: date, invoices: bool, tell: Tell) -> structure.Federation:
    """Build the demo, with two years of invoices if wanted. The same seed, day and number give the same people.

    Raises NotEmpty.
    """
    if Party.objects.exists():
        raise NotEmpty
    random = Random(seed)  # noqa: S311 -- invented people, not secrets
    tell(f"Associations and {persons} people …")
    ensure_base_data()
    with transaction.atomic():
        with mutation(actor=None, kind="demo.units", summary="Malliliitto"):
            federation = structure.build(persons=persons, random=random, on=on)
        tell(f"{len(federation.regions)} regions, {len(federation.associations)} associations")
        with mutation(actor=None, kind="demo.people", summary="Malliliitto") as done:
            rows = _people(federation, random, persons, on, str(done.pk))
            _write(rows, quiet=persons > HISTORY_UP_TO)
        tell(
            f"{len(rows.parties)} parties, {len(rows.memberships)} memberships, {len(rows.holdings)} holdings"
        )
    _fill_search([row[0] for row in rows.parties])
    applications.build(federation=federation, random=random, on=on)
    community.build(federation=federation, random=random, on=on)
    consents.build(federation=federation, random=random, on=on)
    content.build(federation=federation, on=on)
    if settings.EMBEDDED:
        tell("Posts and logins …")
        create_posts(federation=federation, on=on)
        surveys.build(federation=federation, random=random, on=on)
        talks.build(federation=federation, random=random, on=on)
        outbox.build(federation=federation, on=on)
        letters.build(federation=federation, on=on)
    if invoices:
        with translation.override("fi"):
            finance.build(federation=federation, random=random, on=on, tell=tell)
            checks.build(federation=federation, random=random, on=on)
            members_tasks.check_quality()  # a worker's first work: nobody should have to wait for the night
            members_tasks.scan_duplicates()
    tell("Statistics …")
    _count(on)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return federation


def _count(on: date) -> None:
    """The days of this year and the last, as the invented memberships began and ended; whoever left before is not in the demo."""
    now = clock.now()
    yesterday = on - counting.DAY
    counting.count_past(since=date(on.year - 2, 12, 31), through=yesterday, at=now)
    count_fees(at=now)


def _people(
    federation: structure.Federation, random: Random, persons: int, on: date, mutation_id: str
) -> Rows:
    keys = copying.next_keys()
    # Numbers are reserved generously: a household may take the count a little over.
    numbers = next_member_numbers(persons + 10)
    return People(
        federation=federation,
        random=random,
        on=on,
        first_party=keys["members_party"],
        first_number=numbers[0],
        first_holding=keys["members_holding"],
        first_membership=keys["members_membership"],
        mutation_id=mutation_id,
    ).fill(persons)


def _write(rows: Rows, *, quiet: bool) -> None:
    with connection.cursor() as cursor:
        if quiet:
            cursor.execute("SET LOCAL session_replication_role = 'replica'")
        for name, (table, columns) in copying.TABLES.items():
            copying.copy(table, columns, getattr(rows, name))
        copying.move_sequences()
        if quiet:
            cursor.execute("SET LOCAL session_replication_role = 'origin'")


def _fill_search(parties: list[int]) -> None:
    for start in range(0, len(parties), SEARCH_CHUNK):
        with mutation(actor=None, kind="demo.search"):
            refresh_search(parties[start : start + SEARCH_CHUNK])
