"""What a row would change in the register: field → (value now, value in the file). What the file does not give stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from jasenpalvelu.common.sorting import fold
from members.importing.problems import Problem, problem
from members.importing.rows import Parsed
from members.states import OPEN

Diff = dict[str, list[Any]]
ADDRESS = ("street", "co_line", "postal_code", "city", "country")
# Hidden by a non-disclosure order: a file neither shows nor changes them.
PROTECTED = ("email", "phone", "address", "municipality", "holding_municipality")


@dataclass(frozen=True)
class KnownMembership:
    """A membership in the association of the import."""

    id: int
    type_id: int
    state: str
    started_on: str
    ended_on: str
    holding_id: int | None
    payer_id: int | None = None


@dataclass(frozen=True)
class KnownHolding:
    """A holding with the bases in force: kind → (value, in force from, row id) in the area the import is about."""

    id: int
    name: str
    y_tunnus: str
    municipality: str
    responsible_id: int
    protected: bool = False  # its responsible member has a non-disclosure order: the municipality is hidden
    bases: Mapping[str, tuple[Decimal, str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Contact:
    """A primary contact point as stored; `key` is what two of them are compared by."""

    id: int
    value: str
    key: str
    co_line: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = "FI"

    @property
    def printed(self) -> str:
        place = f"{self.postal_code} {self.city}".strip()
        country = "" if self.country == "FI" else self.country
        return ", ".join(
            part for part in (self.co_line and f"c/o {self.co_line}", self.value, place, country) if part
        )


@dataclass(frozen=True)
class Known:
    """A party as the register has it, with what ties it to the association of the import."""

    id: int
    kind: str
    display_name: str
    last_name: str = ""
    first_names: str = ""
    organisation: str = ""
    legal_form: str = ""
    y_tunnus: str = ""
    birth_date: str = ""
    language: str = "fi"
    municipality: str = ""
    non_disclosure: bool = False
    deceased: bool = False
    holds_post: bool = (
        False  # the e-mail address is a key to what the post opens: it changes on the person's page only
    )
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    memberships: tuple[KnownMembership, ...] = ()
    member_number: str = ""
    former_numbers: tuple[str, ...] = ()  # in the association of the import
    holdings: Mapping[int, KnownHolding] = field(default_factory=dict)

    @property
    def own(self) -> bool:
        """Whether the party is or has been a member of the association of the import."""
        return bool(self.memberships)

    @property
    def open(self) -> tuple[KnownMembership, ...]:
        return tuple(m for m in self.memberships if m.state in OPEN)

    def membership_for(self, type_id: int | None) -> KnownMembership | None:
        """The open membership a row is about: the one of its type, else the only one."""
        same = [m for m in self.open if m.type_id == type_id]
        if same:
            return same[0]
        return self.open[0] if len(self.open) == 1 else None

    def holding_of(self, membership: KnownMembership | None) -> KnownHolding | None:
        return self.holdings.get(membership.holding_id or 0) if membership else None

    def holding_by_number(self, y_tunnus: str | None) -> KnownHolding | None:
        """The holding with this business ID, if the party belongs to its people."""
        return next((h for h in self.holdings.values() if y_tunnus and h.y_tunnus == y_tunnus), None)


def printed_address(parsed: Parsed) -> str:
    contact = Contact(
        0,
        parsed.get("street", ""),
        "",
        parsed.get("co_line", ""),
        parsed.get("postal_code", ""),
        parsed.get("city", ""),
        parsed.get("country", "FI"),
    )
    return contact.printed


def compare(parsed: Parsed, known: Known, *, keys: Mapping[str, str]) -> tuple[Diff, list[Problem]]:
    """Everything the row would change of a member of the same association, and what it may not change.

    `keys`: the normalised e-mail, phone and address of the row, as the register keeps them beside the values.
    """
    diff: Diff = {}
    problems: list[Problem] = []
    if known.own and not known.open:
        # Of a former member the association knows the name and the municipality only, so nothing is compared.
        _again(parsed, diff)
        if diff:
            _former_number(parsed, known, diff)
        return diff, [problem("former_member", warning=True)] if diff else []
    _names(parsed, known, diff, problems)
    _basics(parsed, known, diff)
    _contacts(parsed, known, keys, diff)
    _membership(parsed, known, diff, problems)
    _holding(parsed, known, diff)
    _emptied(parsed, known, diff)
    _former_number(parsed, known, diff)
    if known.non_disclosure:
        for name in PROTECTED:
            diff.pop(name, None)
        if _tells_protected(parsed):
            problems.append(problem("protected", warning=True))
    if known.holds_post and "email" in diff:
        del diff["email"]
        problems.append(problem("email_of_post", warning=True))
    return diff, problems


def _tells_protected(parsed: Parsed) -> bool:
    """Whether the row gives anything an order hides. Never whether it is right: the warning would tell that."""
    given = any(parsed.get(key) for key in ("email", "phone", "municipality")) or _has_address(parsed)
    return (
        given
        or bool(parsed.get("holding", {}).get("municipality"))
        or bool(set(parsed.get("emptied", ())) & set(PROTECTED))
    )


def told_by_register(parsed: Parsed, known: Known) -> set[str]:
    """Warnings of what the row lacks that need no telling: the register has the business ID already."""
    holding = known.holding_of(known.membership_for(parsed.get("type")))
    found = {"holding_y_tunnus_missing"} if holding and holding.y_tunnus else set()
    return found | ({"y_tunnus_missing"} if known.y_tunnus else set())


def complete(parsed: Parsed, known: Known) -> Diff:
    """What the row adds to a party of another association: only what the register lacks altogether.

    To somebody with a non-disclosure order nothing: what is lacking would be told by it.
    """
    diff: Diff = {}
    _former_number(parsed, known, diff)
    if known.non_disclosure:
        return diff
    if parsed.get("birth_date") and not known.birth_date:
        diff["birth_date"] = ["", parsed["birth_date"]]
    if parsed.get("municipality") and not known.municipality:
        diff["municipality"] = ["", parsed["municipality"]]
    if parsed.get("y_tunnus") and known.kind == "organisation" and not known.y_tunnus:
        diff["y_tunnus"] = ["", parsed["y_tunnus"]]
    for kind in ("phone",) if known.holds_post else ("email", "phone"):
        if parsed.get(kind) and kind not in known.contacts:
            diff[kind] = ["", parsed[kind]]
    if _has_address(parsed) and "address" not in known.contacts:
        diff["address"] = ["", printed_address(parsed)]
    if parsed.get("non_disclosure") and not known.non_disclosure:
        diff["non_disclosure"] = [False, True]
    return diff


def _former_number(parsed: Parsed, known: Known, diff: Diff) -> None:
    """The number the list calls the member by, unless it is the register's own or has been kept before."""
    number = parsed.get("number", "")
    if (
        number
        and parsed.get("keys", {}).get("number") != known.member_number
        and number not in known.former_numbers
    ):
        diff["former_number"] = [", ".join(known.former_numbers), number]


def _has_address(parsed: Parsed) -> bool:
    return any(parsed.get(key) for key in ("street", "postal_code", "city"))


def _names(parsed: Parsed, known: Known, diff: Diff, problems: list[Problem]) -> None:
    for key, now in (
        ("last_name", known.last_name),
        ("first_names", known.first_names),
        ("organisation", known.organisation),
    ):
        new = parsed.get(key)
        # A name that differs in its capitals or marks only is left as the register writes it.
        if new and fold(new) != fold(now):
            diff[key] = [now, new]
    if parsed.get("legal_form_told") and parsed["legal_form"] != known.legal_form:
        diff["legal_form"] = [known.legal_form, parsed["legal_form"]]
    new = parsed.get("y_tunnus") if known.kind == "organisation" else None
    if new and new != known.y_tunnus:
        if known.y_tunnus:
            problems.append(problem("y_tunnus_differs", "y_tunnus", warning=True, value=new))
        else:
            diff["y_tunnus"] = ["", new]


def _basics(parsed: Parsed, known: Known, diff: Diff) -> None:
    for key, now in (
        ("birth_date", known.birth_date),
        ("language", known.language),
        ("municipality", known.municipality),
    ):
        new = parsed.get(key)
        if new and new != now:
            diff[key] = [now, new]
    if parsed.get("non_disclosure") and not known.non_disclosure:
        diff["non_disclosure"] = [False, True]


def _contacts(parsed: Parsed, known: Known, keys: Mapping[str, str], diff: Diff) -> None:
    for kind in ("email", "phone"):
        now = known.contacts.get(kind)
        if parsed.get(kind) and (now is None or now.key != keys[kind]):
            diff[kind] = [now.value if now else "", parsed[kind]]
    if not _has_address(parsed):
        return
    current = known.contacts.get("address")
    if current is None or not _same_address(parsed, current, keys["address"]):
        diff["address"] = [current.printed if current else "", printed_address(parsed)]


def _same_address(parsed: Parsed, current: Contact, key: str) -> bool:
    return (
        current.key == key
        and fold(parsed.get("co_line", "")) == fold(current.co_line)
        and (not parsed.get("city") or fold(parsed["city"]) == fold(current.city))
        and parsed.get("country", "FI") == current.country
    )


def _membership(parsed: Parsed, known: Known, diff: Diff, problems: list[Problem]) -> None:
    current = known.membership_for(parsed.get("type"))
    if current is None:
        if parsed.get("type") and parsed.get("started_new"):
            diff["membership"] = [None, [parsed["type"], parsed["started_new"]]]
        elif parsed.get("type"):
            problems.append(problem("started_missing", "started_on", warning=True))
        else:
            problems.append(problem("several_memberships", "type", warning=True))
        return
    if current.state == "applied":
        problems.append(problem("application_waits", "type", warning=True))
        return
    if parsed.get("type") and parsed["type"] != current.type_id:
        diff["type"] = [current.type_id, parsed["type"]]
    if parsed.get("started_on") and parsed["started_on"] != current.started_on:
        diff["started_on"] = [current.started_on, parsed["started_on"]]
    if parsed.get("ended_on") and parsed["ended_on"] != current.ended_on:
        diff["ended_on"] = [current.ended_on, parsed["ended_on"]]


def _again(parsed: Parsed, diff: Diff) -> None:
    """A former member: the row would start a new membership, unless it tells that this one is over too."""
    if not parsed.get("ended_on") and parsed.get("type_new") and parsed.get("started_new"):
        diff["membership"] = [None, [parsed["type_new"], parsed["started_new"]]]


def _holding(parsed: Parsed, known: Known, diff: Diff) -> None:
    row = parsed.get("holding")
    if row is None:
        return
    tied = known.holding_of(known.membership_for(parsed.get("type")))
    meant = known.holding_by_number(row.get("y_tunnus"))
    if meant is None and tied is not None and not (row.get("y_tunnus") and tied.y_tunnus):
        meant = tied
    if meant is None or tied is None or meant.id != tied.id:
        diff["holding"] = [
            _named(tied.name, tied.y_tunnus) if tied else "",
            _named(row.get("name"), row.get("y_tunnus")),
        ]
    if meant is not None:
        _holding_itself(row, meant, diff)
    for kind, value in parsed.get("bases", {}).items():
        now = meant.bases.get(kind) if meant else None
        if now is None or now[0] != Decimal(value):
            diff[f"basis:{kind}"] = [str(now[0]) if now else "", value]


def _named(name: str | None, y_tunnus: str | None) -> str:
    return " ".join(part for part in (name, y_tunnus) if part)


def _holding_itself(row: Mapping[str, str], current: KnownHolding, diff: Diff) -> None:
    if row.get("name") and fold(row["name"]) != fold(current.name):
        diff["holding_name"] = [current.name, row["name"]]
    if row.get("y_tunnus") and not current.y_tunnus:
        diff["holding_y_tunnus"] = ["", row["y_tunnus"]]
    if row.get("municipality") and row["municipality"] != current.municipality and not current.protected:
        diff["holding_municipality"] = [current.municipality, row["municipality"]]


def _emptied(parsed: Parsed, known: Known, diff: Diff) -> None:
    """What an empty cell takes away, where the importer asked for that."""
    for key in parsed.get("emptied", ()):
        if key in ("email", "phone", "address"):
            now = known.contacts.get(key)
            if now is not None:
                diff[key] = [now.printed if key == "address" else now.value, ""]
        elif value := getattr(known, key):
            diff[key] = [value, ""]


def classes_of(keys: Iterable[str]) -> dict[str, str]:
    """Field class (members.scope) of each difference, by which a reader with fewer rights is shown less."""
    special = {
        "address": "B",
        "holding": "C",
        "holding_name": "C",
        "email": "B",
        "phone": "B",
        "language": "B",
    }
    return {
        key: "C" if key.startswith(("basis:", "holding")) or key == "birth_date" else special.get(key, "A")
        for key in keys
    }
