"""Joining two entries of the same member: what would happen, and doing it as one act (REG-10, ADR 0015).

The merged entry stays as a stub that points at the survivor, so that its number, its address in the office and the invoices
issued to it still lead to the member. What is final by law (invoices, the ledger) keeps the stub as its payer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common.identifiers import make_member_number
from members import moving
from members.models import Mandate, Membership, Merge, Organisation, Party, Person
from members.moving import Column
from members.scope import Scope
from members.services import merge_fields, merge_marks, merge_rows, merge_twins
from members.services.indexing import refresh_search
from members.services.merge_fields import Field
from members.services.merge_rows import Move
from members.services.merge_twins import Twin

# What one must be able to edit of a member to join it with another: everything but money.
CLASSES = "ABC"


class MergeError(Exception):
    """`code`: refused (see the plan's refusals), changed (not what was looked at any more), merged (one of them is already)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Refusal:
    """Why the two cannot be joined. `code`: beyond, post, kind, deceased, y_tunnus, twin (with the membership: the same one
    for two holdings), other (text)."""

    code: str
    membership: Membership | None = None
    text: str = ""


@dataclass(frozen=True)
class Plan:
    """What joining the two would do; `digest` stands for all of it."""

    survivor: Party
    merged: Party
    fields: list[Field]
    twins: list[Twin]
    moves: list[Move]
    staying: list[tuple[Column, int]]
    refusals: list[Refusal]
    digest: str


def parties(*, scope: Scope, survivor_id: int, merged_id: int) -> tuple[Party, Party]:
    """The two for somebody who may edit both. Party.DoesNotExist otherwise, and for one that has been joined already."""
    if survivor_id == merged_id:
        raise Party.DoesNotExist
    found = Party.objects.visible_to(scope, "members.edit").filter(merged_into=None)
    rows = found.select_related("person", "organisation").in_bulk([survivor_id, merged_id])
    if len(rows) < 2:
        raise Party.DoesNotExist
    return rows[survivor_id], rows[merged_id]


def plan(*, survivor: Party, merged: Party, scope: Scope, on: date) -> Plan:
    """Reads only. Of refusals those about rights come first, and alone: the rest would tell what the reader may not see."""
    twins = merge_twins.twins(survivor=survivor, merged=merged, on=on)
    refusals = _rights(survivor, merged, scope, on) or _reasons(survivor, merged, twins)
    same_kind = survivor.kind == merged.kind
    fields = merge_fields.fields(survivor, merged) if same_kind else []
    moves = merge_rows.moves(survivor_id=survivor.pk, merged_id=merged.pk)
    staying = merge_rows.staying(merged_id=merged.pk)
    digest = _digest(survivor, merged, fields, twins, moves)
    return Plan(survivor, merged, fields, twins, moves, staying, refusals, digest)


def merge(
    *,
    actor: User,
    scope: Scope,
    survivor_id: int,
    merged_id: int,
    chosen: Mapping[str, str],
    digest: str,
    on: date,
    at: datetime,
) -> Merge:
    """Join `merged` to `survivor` as it was planned (`digest`); `chosen` tells for open fields whose value stays.

    Raises MergeError, and Party.DoesNotExist when one of them is out of the actor's reach.
    """
    with mutation(actor=actor, kind="party.merge", summary=summary(merged_id, survivor_id)) as done:
        lock(ids=[survivor_id, merged_id])
        if Party.objects.filter(pk__in=[survivor_id, merged_id], merged_into__isnull=False).exists():
            raise MergeError("merged")
        survivor, merged = parties(scope=scope, survivor_id=survivor_id, merged_id=merged_id)
        found = plan(survivor=survivor, merged=merged, scope=scope, on=on)
        if found.refusals:
            raise MergeError("refused")
        if found.digest != digest:
            raise MergeError("changed")
        row = Merge(survivor=survivor, merged=merged, mutation_id=done.pk, merged_at=at)
        row.record = _written(found, chosen, on)
        row.save(force_insert=True)
        merge_twins.tell(actor=actor, found=found.twins, on=on)
        refresh_search([survivor.pk, merged.pk])
    return row


def _written(found: Plan, chosen: Mapping[str, str], on: date) -> merge_rows.Record:
    survivor, merged = found.survivor, found.merged
    sides = merge_fields.settled(found.fields, chosen)
    changes = merge_fields.changes(survivor=survivor, merged=merged, sides=sides, on=on)
    marks = merge_marks.changes(survivor_id=survivor.pk, merged_id=merged.pk, on=on)
    gone, paired = merge_rows.pairs(survivor_id=survivor.pk, merged_id=merged.pk)
    pair_rows = Column("members_duplicatepair", "one_id", None, "A", moves=True)
    return merge_rows.write(
        moved=[*found.moves, Move(pair_rows, [], gone)],
        changes=[*changes, *merge_twins.changes(found.twins), *marks, *paired],
        survivor_id=survivor.pk,
    )


def summary(first_id: int, second_id: int) -> str:
    """The numbers of the two, as the act is told in the history: 20480-1 → 20479-3."""
    serials = dict(
        Party.objects.filter(pk__in=[first_id, second_id]).order_by("pk").values_list("pk", "member_number")
    )
    return " → ".join(make_member_number(serials[pk]) for pk in (first_id, second_id) if pk in serials)


def lock(*, ids: list[int]) -> None:
    """In the order of ARCHITECTURE.md; whoever adds a row to one of the parties waits at the party."""
    merge_rows.lock(ids, before=True)
    entries = Party.objects.filter(Q(pk__in=ids) | Q(merged_into__in=ids))
    list(entries.select_for_update().order_by("pk").values_list("pk"))
    for model in (Person, Organisation):
        list(model.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
    merge_rows.lock(ids, before=False)


def _digest(survivor: Party, merged: Party, fields: list[Field], twins: list[Twin], moves: list[Move]) -> str:
    told: list[Any] = [survivor.pk, merged.pk, survivor.non_disclosure, merged.non_disclosure]
    told += [[field.name, str(field.mine), str(field.other), field.side, field.open] for field in fields]
    told += [twin.told for twin in twins]
    told += [
        [m.column.table, m.column.column, [str(pk) for pk in m.ids], [str(pk) for pk in m.gone]]
        for m in moves
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


# --- why not ------------------------------------------------------------------------------------------------------------
def is_beyond(*, scope: Scope, party_ids: list[int], on: date) -> bool:
    """Whether an association the scope does not edit in full deals with one of the parties now."""
    reached = scope.unit_ids("members.edit", CLASSES)
    return Membership.objects.filter(party__in=party_ids).in_hand(on).exclude(unit__in=reached).exists()


def has_others_post(*, scope: Scope, party_ids: list[int], on: date) -> bool:
    """A post gives rights to whoever logs in as its holder, and joining decides who that is: only who may grant the post joins."""
    posts = Mandate.objects.filter(Q(valid_to=None) | Q(valid_to__gte=on), party__in=party_ids)
    return posts.exclude(unit__in=scope.unit_ids("mandates.grant")).exists()


def _rights(survivor: Party, merged: Party, scope: Scope, on: date) -> list[Refusal]:
    ids = [survivor.pk, merged.pk]
    if is_beyond(scope=scope, party_ids=ids, on=on):
        return [Refusal("beyond")]
    return [Refusal("post")] if has_others_post(scope=scope, party_ids=ids, on=on) else []


def _reasons(survivor: Party, merged: Party, twins: list[Twin]) -> list[Refusal]:
    if survivor.kind != merged.kind:
        return [Refusal("kind")]
    found = []
    if survivor.is_person:
        if (survivor.person.deceased_on is None) != (merged.person.deceased_on is None):
            found.append(Refusal("deceased"))
    elif survivor.organisation.y_tunnus and merged.organisation.y_tunnus not in {
        "",
        survivor.organisation.y_tunnus,
    }:
        found.append(Refusal("y_tunnus"))
    found += [Refusal("twin", membership=twin.closed) for twin in twins if twin.apart]
    return found + [Refusal("other", text=text) for text in moving.objections(survivor, merged)]
