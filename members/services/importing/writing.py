"""What a judged row does to the register: a new member, a new membership of a known party, or changes to a member."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from jasenpalvelu.common import clock
from jasenpalvelu.common.sorting import sort_key
from members.importing.differences import Known, KnownHolding, KnownMembership
from members.importing.rows import Parsed, display_name
from members.models.memberships import EventKind, State
from members.models.parties import ContactKind, PartyKind, Source
from members.services.importing.judging import Row
from members.services.importing.register import Numbered
from members.services.importing.tables import Sheaf
from members.services.indexing import vector


@dataclass(frozen=True)
class Settings:
    """What is the same for all rows of the batch."""

    unit_id: int
    on: date
    actor_id: int | None
    mutation_id: UUID
    language: str
    source: str
    bases_from: date
    area: int | None
    birth_purpose: str


@dataclass
class Writer:
    """Puts rows into a sheaf. `holdings_by_number` and `holdings_by_place` are those that stand in the register already.

    A place is (name of the holding, address key): how a holding without a business ID is known again.
    """

    settings: Settings
    sheaf: Sheaf
    numbers: list[int]
    holdings_by_number: dict[str, Numbered] = field(default_factory=dict)
    holdings_by_place: dict[tuple[str, str], int] = field(default_factory=dict)
    known_holdings: Mapping[int, KnownHolding] = field(default_factory=dict)
    fresh_bases: set[tuple[int, str]] = field(default_factory=set)
    touched: set[int] = field(default_factory=set)  # known parties whose search terms may have changed

    # --- a new party ----------------------------------------------------------------------------------------------------
    def create(self, row: Row) -> int:
        """A party that the register does not have, with its first membership."""
        parsed, line, add = row.parsed, row.line, self.sheaf.add
        name = display_name(parsed)
        party_id = add(
            line,
            "members_party",
            kind=parsed["kind"],
            member_number=self.numbers.pop(),
            display_name=name,
            sort_key=sort_key(name),
            language=parsed.get("language") or self.settings.language,
            home_municipality=parsed.get("municipality", ""),
            non_disclosure=bool(parsed.get("non_disclosure")),
            invoice_channel="auto",
            created_at=clock.now().isoformat(),
        )
        if parsed["kind"] == PartyKind.PERSON:
            self._add_person(line, party_id, parsed)
        else:
            form, number = parsed.get("legal_form", "other"), parsed.get("y_tunnus", "")
            add(line, "members_organisation", party_id=party_id, name=name, legal_form=form, y_tunnus=number)
        for kind in (ContactKind.EMAIL, ContactKind.PHONE, ContactKind.ADDRESS):
            self._add_contact(row, party_id, kind)
        self._begin_membership(row, party_id, None)
        if parsed.get("number"):
            self._keep_number(row, party_id)
        return party_id

    def _keep_number(self, row: Row, party_id: int) -> None:
        """By the number of the earlier register people are still asked for."""
        self.sheaf.add(
            row.line,
            "members_formernumber",
            party_id=party_id,
            unit_id=self.settings.unit_id,
            number=row.parsed["number"],
            source=self.settings.source,
        )

    def _add_person(self, line: int, party_id: int, parsed: Parsed) -> None:
        born = parsed.get("birth_date")
        self.sheaf.add(
            line,
            "members_person",
            party_id=party_id,
            first_names=parsed["first_names"],
            last_name=parsed["last_name"],
            birth_date=born,
            birth_date_purpose=self.settings.birth_purpose if born else "",
        )

    def _add_contact(self, row: Row, party_id: int, kind: str) -> None:
        parsed = row.parsed
        if kind == ContactKind.ADDRESS:
            if not any(parsed.get(key) for key in ("street", "postal_code", "city")):
                return
            values = {
                "value": parsed.get("street", ""),
                "co_line": parsed.get("co_line", ""),
                "postal_code": parsed.get("postal_code", ""),
                "city": parsed.get("city", ""),
                "country": parsed.get("country", "FI"),
            }
        elif parsed.get(kind):
            values = {"value": parsed[kind], "co_line": "", "postal_code": "", "city": "", "country": "FI"}
        else:
            return
        self.sheaf.add(
            row.line,
            "members_contactpoint",
            party_id=party_id,
            kind=kind,
            key=row.keys[kind],
            primary=True,
            source=Source.IMPORT,
            valid_from=self.settings.on,
            **values,
        )

    # --- a party that is known --------------------------------------------------------------------------------------------
    def apply(self, row: Row, known: Known) -> int:
        """Write the differences the row was judged to have; for a party of another association also the membership."""
        diff = row.diff
        self._change_party(row, known)
        for kind in (ContactKind.EMAIL, ContactKind.PHONE, ContactKind.ADDRESS):
            if kind in diff:
                current = known.contacts.get(kind)
                if current is not None:
                    self.sheaf.change(row.line, "members_contactpoint", current.id, valid_to=self.settings.on)
                if diff[kind][1]:
                    self._add_contact(row, known.id, kind)
        if "former_number" in diff:
            self._keep_number(row, known.id)
        membership = known.membership_for(row.parsed.get("type"))
        if not known.own or "membership" in diff:
            self._begin_membership(row, known.id, known)
        elif membership is not None:
            self._change_membership(row, membership)
            self._change_holding(row, known, membership)
        self.touched.add(known.id)
        return known.id

    def _change_party(self, row: Row, known: Known) -> None:
        diff, line = row.diff, row.line
        party = {
            column: diff[key][1]
            for key, column in (("language", "language"), ("municipality", "home_municipality"))
            if key in diff
        }
        if "non_disclosure" in diff:
            party["non_disclosure"] = True
        own: dict[str, Any] = {
            key: diff[key][1] for key in ("first_names", "last_name", "legal_form", "y_tunnus") if key in diff
        }
        if "organisation" in diff:
            own["name"] = diff["organisation"][1]
        if "birth_date" in diff:
            born = diff["birth_date"][1] or None
            own |= {"birth_date": born, "birth_date_purpose": self.settings.birth_purpose if born else ""}
        if {"first_names", "last_name", "organisation"} & diff.keys():
            now = {"kind": known.kind, "last_name": known.last_name, "first_names": known.first_names}
            name = display_name(
                now | {"organisation": known.organisation} | {k: v[1] for k, v in diff.items()}
            )
            party |= {"display_name": name, "sort_key": sort_key(name)}
        if party:
            self.sheaf.change(line, "members_party", known.id, **party)
        if own:
            table = "members_person" if known.kind == PartyKind.PERSON else "members_organisation"
            self.sheaf.change(line, table, known.id, **own)

    def _change_membership(self, row: Row, membership: KnownMembership) -> None:
        diff, line = row.diff, row.line
        changes: dict[str, Any] = {}
        if "type" in diff:
            old, new = diff["type"]
            changes["type_id"] = new
            self._event(
                line, membership.id, EventKind.TYPE_CHANGED, self.settings.on, {"from": old, "to": new}
            )
        if "started_on" in diff:
            changes["started_on"] = diff["started_on"][1]
            data = {"started_on": diff["started_on"][1]}
            self._event(line, membership.id, EventKind.CORRECTED, self.settings.on, data)
        if "ended_on" in diff:
            changes |= {"state": State.ENDED, "ended_on": diff["ended_on"][1]}
            self._event(line, membership.id, EventKind.RESIGNED, diff["ended_on"][1], {})
        if changes:
            self.sheaf.change(line, "members_membership", membership.id, **changes)

    # --- memberships --------------------------------------------------------------------------------------------------------
    def _begin_membership(self, row: Row, party_id: int, known: Known | None) -> None:
        parsed, line = row.parsed, row.line
        started, ended = parsed["started_new"], parsed.get("ended_on")
        holding_id = self._holding_for(row, party_id, known)
        if ended and ended < started:
            started = ended
        membership_id = self.sheaf.add(
            line,
            "members_membership",
            party_id=party_id,
            unit_id=self.settings.unit_id,
            type_id=parsed["type_new"],
            holding_id=holding_id,
            state=State.ENDED if ended else State.ACTIVE,
            started_on=started,
            ended_on=ended,
            fee_exempt_reason="",
        )
        self._event(line, membership_id, EventKind.ADMITTED, started, {})
        if ended:
            self._event(line, membership_id, EventKind.RESIGNED, ended, {})

    def _event(self, line: int, membership_id: int, kind: str, day: date | str, data: dict[str, Any]) -> None:
        self.sheaf.add(
            line,
            "members_membershipevent",
            membership_id=membership_id,
            kind=kind,
            effective_on=day,
            reason=self.settings.source,
            data=data,
            actor_id=self.settings.actor_id,
            mutation_id=self.settings.mutation_id,
            recorded_at=clock.now().isoformat(),
        )

    # --- holdings -----------------------------------------------------------------------------------------------------------
    def _holding_for(self, row: Row, party_id: int, known: Known | None) -> int | None:
        """The holding a new membership is tied to: one that stands in the register, one of an earlier row, or a new one."""
        wanted = row.parsed.get("holding")
        if wanted is None:
            return None
        number, place = wanted.get("y_tunnus", ""), self.place_of(row)
        numbered = self.holdings_by_number.get(number) if number else None
        if numbered is not None and not numbered.opens_to(party_id):
            return None
        holding_id = numbered.id if numbered else self.holdings_by_place.get(place) if not number else None
        if holding_id is None:
            return self._new_holding(row, party_id, number, place)
        if known is None or holding_id not in known.holdings:
            self._join_holding(row.line, party_id, holding_id)
        self._fill_bases(row, holding_id)
        return holding_id

    def place_of(self, row: Row) -> tuple[str, str]:
        name = sort_key(row.parsed.get("holding", {}).get("name", ""))
        return (name, row.keys["address"] if name and row.parsed.get("street") else "")

    def _new_holding(self, row: Row, party_id: int, number: str, place: tuple[str, str]) -> int:
        parsed, line = row.parsed, row.line
        holding = parsed["holding"]
        holding_id = self.sheaf.add(
            line,
            "members_holding",
            name=(holding.get("name") or display_name(parsed))[:120],
            y_tunnus=number,
            responsible_id=party_id,
            municipality=holding.get("municipality") or parsed.get("municipality", ""),
        )
        self._join_holding(line, party_id, holding_id, role="responsible")
        if number:
            self.holdings_by_number[number] = Numbered(holding_id, frozenset({party_id}), own=True)
        elif place[1]:
            self.holdings_by_place[place] = holding_id
        self._fill_bases(row, holding_id)
        return holding_id

    def _join_holding(self, line: int, party_id: int, holding_id: int, role: str = "owner") -> None:
        self.sheaf.add(
            line,
            "members_holdingmember",
            holding_id=holding_id,
            party_id=party_id,
            role=role,
            valid_from=self.settings.on,
        )

    def _fill_bases(self, row: Row, holding_id: int) -> None:
        """Bases the holding has no value for; what it has stays as it is."""
        known = self.known_holdings.get(holding_id)
        for kind, value in row.parsed.get("bases", {}).items():
            if (known is None or kind not in known.bases) and (holding_id, kind) not in self.fresh_bases:
                self._add_basis(row.line, holding_id, kind, value)

    def _add_basis(self, line: int, holding_id: int, kind: str, value: str) -> None:
        self.fresh_bases.add((holding_id, kind))
        self.sheaf.add(
            line,
            "members_feebasisvalue",
            holding_id=holding_id,
            kind_id=kind,
            unit_id=self.settings.area,
            value=value,
            source=self.settings.source[:80],
            confirmed_by="",
            valid_from=self.settings.bases_from,
        )

    def _change_holding(self, row: Row, known: Known, membership: KnownMembership) -> None:
        diff, line = row.diff, row.line
        holding = known.holding_by_number(row.parsed.get("holding", {}).get("y_tunnus"))
        holding = holding or (None if "holding" in diff else known.holding_of(membership))
        if "holding" in diff:
            holding_id = holding.id if holding else self._holding_for(row, known.id, known)
            if holding_id is not None:
                self.sheaf.change(line, "members_membership", membership.id, holding_id=holding_id)
        if holding is None:
            return
        named = (
            ("holding_name", "name"),
            ("holding_y_tunnus", "y_tunnus"),
            ("holding_municipality", "municipality"),
        )
        changes = {column: diff[key][1] for key, column in named if key in diff}
        if changes:
            self.sheaf.change(line, "members_holding", holding.id, **changes)
        for key in diff:
            if key.startswith("basis:"):
                self._change_basis(line, holding, key.removeprefix("basis:"), diff[key][1])

    def _change_basis(self, line: int, holding: KnownHolding, kind: str, value: str) -> None:
        """A new value ends the old one the day before; one in force since the same day is put right."""
        current = holding.bases.get(kind)
        since = self.settings.bases_from
        if (holding.id, kind) in self.fresh_bases:
            return
        if current is None:
            self._add_basis(line, holding.id, kind, value)
            return
        _old, valid_from, pk = current
        if valid_from == since.isoformat():
            told = {"source": self.settings.source[:80], "confirmed_by": "", "confirmed_on": None}
            self.sheaf.change(line, "members_feebasisvalue", pk, value=str(Decimal(value)), **told)
            self.fresh_bases.add((holding.id, kind))
        else:
            ended = (since - timedelta(days=1)).isoformat()
            self.sheaf.change(line, "members_feebasisvalue", pk, valid_to=ended)
            self._add_basis(line, holding.id, kind, value)


def fill_search(writer: Writer) -> None:
    """Search terms of the new parties, as `indexing.refresh_search` would find them: written once, with the rows."""
    added = writer.sheaf.added
    words: dict[int, list[str]] = {}
    contacts: dict[int, list[str]] = {}
    for party in added["members_party"]:
        words[party["id"]] = [party["display_name"], str(party["member_number"])]
    for organisation in added["members_organisation"]:
        words[organisation["party_id"]].append(organisation["y_tunnus"])
    for former in added["members_formernumber"]:
        if former["party_id"] in words:
            words[former["party_id"]].append(former["number"])
    known = {pk: f"{holding.name} {holding.y_tunnus}" for pk, holding in writer.known_holdings.items()}
    known |= {
        holding["id"]: f"{holding['name']} {holding['y_tunnus']}" for holding in added["members_holding"]
    }
    for person in added["members_holdingmember"]:
        if person["party_id"] in words:
            words[person["party_id"]].append(known.get(person["holding_id"], ""))
    for contact in added["members_contactpoint"]:
        if contact["kind"] != ContactKind.ADDRESS:
            key = contact["key"]
            contacts.setdefault(contact["party_id"], []).extend((key, key.replace("+358", "0")))
    for party in added["members_party"]:
        party["search"] = vector(" ".join(words[party["id"]]))
        told = [] if party["non_disclosure"] else contacts.get(party["id"], [])
        party["search_contact"] = vector(" ".join(told))
