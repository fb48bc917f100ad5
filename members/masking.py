"""What of a party may be shown: by the reader's field classes and by the party's non-disclosure order (REG-12, REG-13).

No Django here: the same answer serves pages, exports, letters and tests. A non-disclosure order (turvakielto) hides the
home municipality, the address and the contact data from everyone, whatever classes a role holds; only an unmasking with
a reason, logged by the caller, lifts it for one showing. An order whose review date has passed hides as before: somebody
must look at it first, because a wrong disclosure cannot be taken back.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

NAME = "A"
CONTACT = "B"
HOUSEHOLD = "C"
FINANCE = "D"
SPECIAL = "E"
LOGGED = frozenset({HOUSEHOLD, FINANCE, SPECIAL})
# Fields of a party that an order hides, by the names they have in forms, imports and snapshots.
HIDDEN_BY_ORDER = frozenset(
    {"home_municipality", "email", "phone", "street", "co_line", "postal_code", "city", "country"}
)


@dataclass(frozen=True)
class Shown:
    """Which parts of one party a reader sees. `protected`: "Not shown" stands where data is hidden by an order."""

    name: bool
    municipality: bool
    contacts: bool
    household: bool
    finance: bool
    protected: bool
    classes: str

    @property
    def contacts_exist(self) -> bool:
        """Whether the reader's role reaches contact data at all, hidden by an order or not."""
        return CONTACT in self.classes


def shown(classes: Set[str], *, non_disclosure: bool, unmasked: bool = False) -> Shown:
    """What a reader with these field classes sees of a party."""
    hidden = non_disclosure and not unmasked
    return Shown(
        name=NAME in classes,
        municipality=NAME in classes and not hidden,
        contacts=CONTACT in classes and not hidden,
        household=HOUSEHOLD in classes,
        finance=FINANCE in classes,
        protected=hidden,
        classes="".join(sorted(classes)),
    )


def viewing_is_logged(classes: Set[str]) -> bool:
    """Reads of class C to E data leave an entry in the access log (REG-11)."""
    return bool(LOGGED & classes)
