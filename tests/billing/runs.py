"""Runs for tests: fee tables of the cast's associations, many members at once, and a run worked off to its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from billing.brackets import Bracket
from billing.models import FeeTable, InvoiceRun, RunItem
from billing.services import approving, fee_tables, preparing
from billing.services.fee_tables import RuleDraft
from billing.services.preparing import RunPlan
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import running
from members.models import ContactPoint, Membership, OrgUnit, Party, Person
from members.services import lifecycle, registering
from tests.cast import JOINED, Cast

DECIDED = date(2025, 11, 20)
YEAR = 2026


def flat(code: str, amount: str, **values: object) -> RuleDraft:
    return RuleDraft(
        {"code": code, "name_fi": code.capitalize(), "kind": "flat", "amount": Decimal(amount), **values}
    )


def bracket(
    code: str, bases: list[str], rows: Sequence[tuple[str, str | None, str]], **values: object
) -> RuleDraft:
    classes = [
        Bracket(Decimal(low), Decimal(high) if high else None, Decimal(sum_)) for low, high, sum_ in rows
    ]
    return RuleDraft(
        {"code": code, "name_fi": code.capitalize(), "kind": "bracket", "bases": bases, **values}, classes
    )


def decided(unit: OrgUnit, *rules: RuleDraft, year: int = YEAR, **limits: Decimal) -> FeeTable:
    table = fee_tables.create(unit=unit, year=year, actor=None, rules=rules, **limits)
    return fee_tables.decide(
        table=table, decided_by="Syyskokous", decided_on=DECIDED, section="7", actor=None
    )


def plan(*units: OrgUnit, year: int = YEAR, **values: object) -> RunPlan:
    given = {
        "title": f"Jäsenmaksut {year}",
        "year": year,
        "units": [unit.pk for unit in units],
        "basis_date": date(year, 2, 1),
        "invoice_date": date(year, 2, 16),
        "due_date": date(year, 3, 16),
    }
    return RunPlan(**{**given, **values})


def make_run(creditor: OrgUnit, *units: OrgUnit, actor: User | None = None, **values: object) -> InvoiceRun:
    return preparing.create_run(creditor=creditor, plan=plan(*(units or (creditor,)), **values), actor=actor)


def work_off(job: Job) -> Job:
    """As the worker does it, without waiting for one."""
    running.run(job_id=job.pk, seconds=600)
    job.refresh_from_db()
    assert job.state == "done", job.message or job.log
    return job


def previewed(run: InvoiceRun, actor: User | None = None) -> InvoiceRun:
    work_off(preparing.start_preview(run=run, actor=actor))
    run.refresh_from_db()
    return run


def approved(run: InvoiceRun, actor: User | None = None) -> Job:
    done = approving.approve(run=run, preview_hash=run.preview_hash, actor=actor, at=clock.now())
    return done.job


def issued(run: InvoiceRun, actor: User | None = None) -> InvoiceRun:
    """Calculated, approved and numbered."""
    run = previewed(run, actor)
    work_off(approved(run, actor))
    run.refresh_from_db()
    return run


def items(run: InvoiceRun) -> dict[str, RunItem]:
    return {item.name: item for item in RunItem.objects.filter(run=run).order_by("pk")}


def add_member(cast: Cast, name: str, *, unit: str = "a", kind: str = "personal", **values: object) -> Party:
    last, first = name.split()
    party = registering.create_person(
        actor=None,
        first_names=first,
        last_name=last,
        on=JOINED,
        email=f"{first.lower()}.{last.lower()}@example.fi",
    )
    start = {"started_on": JOINED, **values}
    lifecycle.start(actor=None, party=party, unit=cast.units[unit], type=cast.types[kind], **start)
    return party


def add_many(cast: Cast, count: int, *, unit: str = "a", kind: str = "personal") -> None:
    """Members in one go: names in mixed order, so that numbering by name is seen."""
    numbers = registering.next_member_numbers(count)
    with mutation(actor=None, kind="test.many"):
        parties = Party.objects.bulk_create(
            Party(
                kind="person",
                member_number=number,
                display_name=f"Jäsen {index * 7919 % count:05}",
                sort_key=f"jasen {index * 7919 % count:05}",
            )
            for index, number in enumerate(numbers)
        )
        Person.objects.bulk_create(
            Person(party=party, first_names="Jäsen", last_name=str(party.pk)) for party in parties
        )
        ContactPoint.objects.bulk_create(
            ContactPoint(
                party=party,
                kind="address",
                value="Tie 1",
                key="00100 tie1",
                postal_code="00100",
                city="Helsinki",
                valid_from=JOINED,
            )
            for party in parties
        )
        Membership.objects.bulk_create(
            Membership(
                party=party, unit=cast.units[unit], type=cast.types[kind], state="active", started_on=JOINED
            )
            for party in parties
        )
