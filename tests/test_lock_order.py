"""Services lock tables in the order ARCHITECTURE.md gives, so that no two acts wait for each other in a circle."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from billing.models import FeeTable, Invoice, LedgerEntry, PaymentRow, RunItem
from billing.services import (
    approving,
    crediting,
    fee_tables,
    issuing,
    matching,
    offsetting,
    preparing,
    previewing,
)
from billing.services.booking_files import book_file
from billing.services.reading_payments import read
from jasenpalvelu.common import clock
from members.models import EmailChange, Holding, Membership, Merge, RoleTemplate
from members.models.memberships import EventKind
from members.scope import Scope
from members.services import (
    editing,
    emails,
    ending,
    holdings,
    households,
    joining,
    lifecycle,
    mandates,
    merging,
    registering,
    units,
    unmerging,
)
from members.services.founding import Appointee
from members.services.importing import batches
from members.services.mandates import Resolution, Term
from tests import scenery as scene
from tests.bankfiles import Paid, ktl
from tests.billing import runs
from tests.cast import TODAY, Cast
from tests.communications import mailings
from tests.communications import talk_scene as talks
from tests.communications.surveys import scene as surveys_scene
from tests.members import board
from tests.members.reorganising import scene as changes
from tests.scenery import Scenery

LOCK = re.compile(r'FROM "?(\w+)"?.*FOR (?:NO KEY )?UPDATE(?: OF "?(\w+)"?)?', re.DOTALL)
# A counter is raised and held by one statement, and turns are locks on a name.
COUNTER = re.compile(r"INSERT INTO (\w+counter)\b.*ON CONFLICT", re.DOTALL)
TURN = re.compile(r"pg_advisory_xact_lock\(hashtext\('([\w.]+)'\)\)")


def waited_for(sql: str) -> str | None:
    """The table, or the name of the turn, that the statement waits for; None when it waits for nothing."""
    if "SKIP LOCKED" in sql:
        return None
    for named in (TURN.search(sql), COUNTER.search(sql)):
        if named:
            return named.group(1)
    found = LOCK.search(sql)
    if found is None:
        return None
    table, alias = found.groups()
    behind = re.search(rf'(?:FROM|JOIN) "?(\w+)"? (?:AS )?"?{alias}"?\b', sql) if alias else None
    return behind.group(1) if behind else alias or table


def agreed() -> list[str]:
    """The tables of the numbered list under "The order of locks"."""
    text = (settings.BASE_DIR / "ARCHITECTURE.md").read_text()
    part = text.partition("## The order of locks")[2].partition("\n## ")[0]
    return re.findall(r"^\d+\. `(\w+)`", part, re.MULTILINE)


@contextmanager
def locks() -> Iterator[list[str]]:
    """Tables of which a row was waited for, in order; a row that is held already is not waited for again."""
    taken: list[str] = []
    held: set[tuple[str, str]] = set()

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        found = waited_for(sql)
        if found and (found, str(params)) not in held:
            held.add((found, str(params)))
            taken.append(found)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield taken


@pytest.fixture
def scenery(cast: Cast) -> Iterator[Scenery]:
    with clock.frozen(TODAY):
        yield scene.build(cast)


def acts(scenery: Scenery) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Every act that locks more than one thing or is done by many."""
    cast = scenery.cast
    a, aino, maija = cast.units["a"], cast.users["aino"], cast.parties["maija"]
    yield (
        "table",
        lambda: fee_tables.decide(
            table=FeeTable.objects.get(unit=a, year=2027),
            decided_by="Kokous",
            decided_on=TODAY,
            section="",
            actor=None,
        ),
    )
    yield (
        "draft",
        lambda: fee_tables.copy(
            source=FeeTable.objects.get(unit=a, year=2026), unit=a, year=2026, actor=None
        ),
    )
    yield "run", lambda: preparing.create_run(creditor=a, plan=runs.plan(a), actor=None)
    run = RunItem.objects.get(pk=scenery.things["run_item* item_pk"]).run
    yield "exclude", lambda: previewing.exclude(run=run, payer=maija, reason="Sovittu", actor=None)
    yield "include", lambda: previewing.include(run=run, payer=maija, actor=None)
    yield "approve", lambda: approve(run)
    yield "issue", lambda: issuing.issue_chunk(run=run, actor=None, at=clock.now())
    yield "finish", lambda: issuing.finish(run=run, at=clock.now())
    invoice = Invoice.objects.get(pk=scenery.things["invoice* pk"])
    waiting = PaymentRow.objects.filter(state="waiting", amount__gt=0).order_by("pk")[0]
    yield "assign", lambda: matching.assign(row=waiting, parts=[(invoice, waiting.amount)], actor=None)
    yield "undo payment", lambda: matching.undo(row=waiting, actor=None)
    yield "bank file", lambda: pay(scenery, invoice)
    yield (
        "use credit",
        lambda: offsetting.use(invoice=invoice, amount=Decimal("1.00"), on=TODAY, actor=None),
    )
    used = LedgerEntry.objects.get(pk=scenery.things["undo_use_credit pk"])
    yield "give credit back", lambda: offsetting.undo(entry=used, on=TODAY, actor=None)
    yield (
        "credit",
        lambda: crediting.credit(invoice=invoice, line_ids=None, reason="Virhe", on=TODAY, actor=None),
    )
    spouse = registering.create_person(actor=None, first_names="Aatu", last_name="Puoliso", on=TODAY)
    yield "link", lambda: households.add_link(actor=None, party=spouse, other=maija, kind="child", on=TODAY)
    yield (
        "edit",
        lambda: editing.edit_party(
            actor=aino, party=maija, values={"phone": "040 555 0188"}, expected={}, on=TODAY
        ),
    )
    reach = Scope.for_user(aino, on=TODAY)
    one, other = (scenery.things[f"member_merge {name}"] for name in ("pk", "other_pk"))
    joined: list[Merge] = []
    yield "join entries", lambda: joined.append(join(scenery, reach, one, other))
    yield (
        "part entries",
        lambda: unmerging.unmerge(actor=aino, scope=reach, merge_id=joined[0].pk, on=TODAY),
    )
    koivula = Holding.objects.get(name="Koivula")
    yield (
        "holding",
        lambda: holdings.update_holding(
            actor=aino, holding=koivula, values={"name": "Ala-Koivula"}, on=TODAY
        ),
    )
    membership = Membership.objects.get(party=maija, unit=a)
    yield (
        "type",
        lambda: lifecycle.change_type(
            actor=aino, membership=membership, type=cast.types["personal"], effective_on=TODAY
        ),
    )
    ended: list[Any] = []
    yield (
        "end",
        lambda: ended.append(
            ending.end_membership(
                actor=aino, membership=membership, kind=EventKind.RESIGNED, noticed_on=TODAY
            )
        ),
    )
    yield from board.acts(cast)
    yield from talks.acts(cast)
    yield "letter", lambda: mailings.whole_way(cast)
    yield from surveys_scene.acts(cast)
    yield "undo end", lambda: ending.undo(actor=aino, party=maija, mutation_id=ended[0].pk, on=TODAY)
    yield "death", lambda: ending.record_death(actor=aino, party=maija, died_on=TODAY)
    yield (
        "applications",
        lambda: joining.decide(
            actor=aino,
            memberships=list(Membership.objects.filter(state="applied").order_by("pk")),
            admitted=True,
            decided_on=TODAY,
            effective_on=TODAY,
        ),
    )
    yield from posts(scenery)
    batch = batches.ImportBatch.objects.get(pk=scenery.things["import_rollback pk"])
    waiting_list = batches.ImportBatch.objects.get(pk=scenery.things["import* pk"])
    started: list[Any] = []
    yield (
        "import",
        lambda: started.append(batches.start_commit(actor=aino, batch=waiting_list, on=TODAY)),
    )
    yield "chunk of an import", lambda: runs.work_off(started[0])
    yield (
        "person",
        lambda: registering.create_person(actor=None, first_names="Uuno", last_name="Uusi", on=TODAY),
    )
    yield (
        "unit",
        lambda: units.create_unit(
            kind="association", name_fi="Uusi", on=TODAY, actor=None, parent=cast.units["region1"]
        ),
    )
    yield "roll back", lambda: runs.work_off(batches.start_rollback(actor=aino, batch=batch, on=TODAY))


def posts(scenery: Scenery) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Giving a post, ending one, taking that back, an address that waits."""
    cast = scenery.cast
    riitta = cast.users["riitta"]
    scope = Scope.for_user(riitta, on=TODAY)
    term, resolution = Term(TODAY, date(2027, 1, 1)), Resolution("board", TODAY)
    given: list[Any] = []
    ended: list[Any] = []
    facts: dict[str, Any] = {"scope": scope, "unit": cast.units["b"], "term": term, "resolution": resolution}
    role = RoleTemplate.objects.get(code="chair")
    who = Appointee("tuore@example.fi", "Tuore", "Toimihenkilö")
    yield (
        "post",
        lambda: given.append(mandates.grant(**facts, who=who, template=role, actor=riitta, on=TODAY)),
    )
    facts = {"scope": scope, "actor": riitta}
    yield (
        "end of a post",
        lambda: ended.append(
            mandates.end(**facts, mandate=given[0], last_day=TODAY, reason="Muutti", on=TODAY)
        ),
    )
    yield "post again", lambda: mandates.undo(**facts, mutation_id=ended[0].pk)
    change = EmailChange.objects.get(pk=scenery.things["email_change* pk"])
    yield "address", lambda: emails.confirm(change=change, actor=None, on=TODAY)
    yield from changes.steps(cast)


def approve(run: Any) -> Any:
    run.refresh_from_db()
    return approving.approve(run=run, preview_hash=run.preview_hash, actor=None, at=clock.now())


def join(scenery: Scenery, scope: Scope, survivor_id: int, merged_id: int) -> Merge:
    one, other = merging.parties(scope=scope, survivor_id=survivor_id, merged_id=merged_id)
    plan = merging.plan(survivor=one, merged=other, scope=scope, on=TODAY)
    return merging.merge(
        actor=scenery.cast.users["aino"], scope=scope, survivor_id=survivor_id, merged_id=merged_id, chosen={},
        digest=plan.digest, on=TODAY, at=clock.now(),
    )  # fmt: skip


def pay(scenery: Scenery, invoice: Invoice) -> Any:
    """In full, in part, and the part taken back."""
    a = scenery.cast.units["a"]
    others = (
        Invoice.objects.filter(kind="invoice", open_amount__gt=1).exclude(pk=invoice.pk).order_by("-pk")[:2]
    )
    day = date(2026, 4, 1)
    rows = [
        Paid(other.reference, amount, day)
        for other in others
        for amount in (Decimal("1.00"), Decimal("-1.00"))
    ]
    data = ktl(a.iban, rows, first_id=900)
    return book_file(unit=a, file_name="x.txt", data=data, read=read(data), actor=None, at=clock.now())


# Acts that hold the creditor's turn take these as the money comes: nobody else who takes several is under way.
UNDER_A_TURN = {"billing_paymentrow", "billing_invoice", "billing_ledgerentry"}


# The row of an import, or of a change of units, is its work's alone.
ITS_OWN = {"members_importbatch", "members_orgchange"}


def rank(table: str, order: list[str], taken: list[str]) -> int:
    turn = taken[0] == "members_orgunit" and table in UNDER_A_TURN
    return order.index("billing_paymentrow" if turn else table)


def test_locks_are_taken_in_the_agreed_order(scenery: Scenery) -> None:
    order = agreed()
    wrong, seen = [], set()
    for name, act in acts(scenery):
        with locks() as taken:
            act()
        seen |= set(taken)
        turns = [name for name in taken if "." in name]
        # A turn is waited for before any row is held but the work's own, which nobody waits for in a turn.
        shared = [name for name in taken if name not in ITS_OWN]
        begun_late = turns != shared[: len(turns)]
        known = [rank(table, order, taken) for table in taken if table in order]
        if begun_late or known != sorted(known) or set(taken) - set(order) - set(turns):
            wrong.append((name, taken))
    assert wrong == [], "\n".join(f"{name}: {' → '.join(taken)}" for name, taken in wrong)
    assert seen >= {
        "members_orgunit",
        "billing_invoicerun",
        "billing_numberseries",
        "billing_invoice",
        "members_party",
        "members_membernumbercounter",
        "members.import",
        "members.units",
    }


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ('SELECT "a"."id" FROM "members_party" a WHERE TRUE FOR UPDATE', "members_party"),
        ('SELECT 1 FROM "members_party" FOR UPDATE OF "members_party"', "members_party"),
        (
            "SELECT i.id FROM billing_invoice i JOIN t ON TRUE ORDER BY i.id FOR UPDATE OF i",
            "billing_invoice",
        ),
        ("SELECT 1 FROM t JOIN billing_invoice i ON TRUE FOR NO KEY UPDATE OF i", "billing_invoice"),
        ("SELECT id FROM members_holding WHERE id = ANY(%s) ORDER BY id FOR UPDATE", "members_holding"),
        ("SELECT pg_advisory_xact_lock(hashtext('members.units'))", "members.units"),
        ('SELECT 1 FROM "jobs_job" FOR UPDATE SKIP LOCKED', None),
        ('SELECT 1 FROM "jobs_job" FOR UPDATE OF "jobs_job" SKIP LOCKED', None),
        ('SELECT 1 FROM "jobs_job"', None),
    ],
)
def test_every_way_of_locking_is_seen(sql: str, name: str | None) -> None:
    assert waited_for(sql) == name


def test_the_list_names_tables_that_exist_once_each() -> None:
    order = agreed()
    assert len(order) == len(set(order)) > 10
    assert set(order) <= set(connection.introspection.django_table_names())
