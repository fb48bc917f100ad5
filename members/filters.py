"""The filters of the member list: what may be asked by whom, how it narrows the list, how its pill reads (REG-7).

A filter on data of a field class reaches only associations over which the reader holds the class, and one that would tell
what a non-disclosure order hides never finds protected people. So a filter cannot show what the list itself hides.

Apps above add theirs when they are ready:

    filters.register(filters.Filter("payment", make=…, narrow=…, says=…, classes="D", order=40))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jasenpalvelu.common.forms import FilterForm, QuickSelect, sized
from jasenpalvelu.common.keys import key_of
from jasenpalvelu.common.reference import municipalities
from members.choosing import Choices
from members.models import ContactPoint, FeeBasisValue, Membership
from members.models.dated import valid_on
from members.models.memberships import State, in_hand
from members.models.parties import LANGUAGES, ContactKind
from members.scope import LASTING, Scope
from members.searching import search_filter, terms

IN_FORCE, EVERYONE = "in_force", "all"
PAST = {EVERYONE, "ended"}
FIRST_YEAR = 1900
# So many letters in a word and the search finds few enough to sort them all.
LONG_WORD = 3


@dataclass
class Narrowing:
    """What the filters in use amount to: conditions on the membership that brings a party to the list, and on the party."""

    scope: Scope
    on: date
    choices: Choices
    memberships: Q = field(default_factory=Q)
    parties: Q = field(default_factory=Q)
    classes: set[str] = field(default_factory=set)
    units: frozenset[int] | None = None
    long_word: bool = False
    short_words: bool = False
    past: bool = False  # former members come to the list too
    as_of: bool = False  # `on` is a day of somebody's choice, so what was in force then counts


@dataclass(frozen=True)
class Filter:
    """`make` gives the form field or None where there is nothing to choose; `narrow` adds to the narrowing; `says` is the
    pill, "" for none. `classes`: what the reader must hold over the association; `hides_protected`: the answer would tell
    what a non-disclosure order hides. `main` stands in the bar, the others behind "More filters"."""

    name: str
    make: Callable[[Choices], forms.Field | None]
    narrow: Callable[[Narrowing, Any], None]
    says: Callable[[Choices, Any], str]
    classes: str = ""
    hides_protected: bool = False
    main: bool = False
    order: int = 50
    when_asked: bool = False  # drawn only where it is in use: its choices cost a question


_registered: dict[str, Filter] = {}


def register(new: Filter) -> None:
    """Add a filter, or replace the one of the same name."""
    _registered[new.name] = new


def registered(name: str) -> Filter:
    return _registered[name]


def offered(scope: Scope) -> list[Filter]:
    """The filters this reader may use anywhere."""
    found = [f for f in _registered.values() if scope.can("members.view", classes=f.classes)]
    return sorted(found, key=lambda f: (f.order, f.name))


class MemberFilter(FilterForm):
    """The GET form over the list. What cannot be understood or is not offered narrows nothing.

    `drawn`: with every field, for a page; otherwise only with those that are asked for.
    """

    def __init__(self, query: Mapping[str, Any], choices: Choices, *, drawn: bool = False) -> None:
        super().__init__(query)
        self.choices = choices
        self.offered = []
        for one in offered(choices.scope):
            wanted = one.name in query or one.name == "state" or (drawn and not one.when_asked)
            made = one.make(choices) if wanted else None
            if made is not None:
                made.required = False
                self.fields[one.name] = made
                self.offered.append(one)

    @property
    def main(self) -> list[Any]:
        return [self[f.name] for f in self.offered if f.main and f.name != "q"]

    @property
    def more(self) -> list[Any]:
        return [self[f.name] for f in self.offered if not f.main and f.name != "places"]

    def narrowing(self, on: date) -> Narrowing:
        wanted = {"state": IN_FORCE} | self.wanted
        found = Narrowing(self.choices.scope, on, self.choices, past=wanted["state"] in PAST)
        for one in self.offered:
            value = wanted.get(one.name)
            if value in (None, "", []):
                continue
            found.classes |= set(one.classes)
            if one.hides_protected:
                found.parties &= Q(non_disclosure=False)
            one.narrow(found, value)
        if found.past and found.classes - LASTING:
            found.memberships &= in_hand(on)
        return found

    def pills(self, query: QueryDict) -> list[tuple[str, str]]:
        """(words, address without the filter); the state everybody sees first can be lifted too."""
        wanted = {"state": IN_FORCE} | self.wanted
        found = []
        for one in self.offered:
            value = wanted.get(one.name)
            words = one.says(self.choices, value) if value not in (None, "", []) else ""
            if words:
                found.append((words, _without(query, one.name)))
        return found


def _without(query: QueryDict, name: str) -> str:
    rest = query.copy()
    rest.pop(name, None)
    for page in ("jalkeen", "ennen"):
        rest.pop(page, None)
    if name == "state":
        rest["state"] = EVERYONE
    return f"?{rest.urlencode()}"


class PlacesField(forms.Field):
    """Municipalities by code. Their boxes are drawn by the page: three hundred widgets would cost more than the list."""

    widget = forms.SelectMultiple

    def to_python(self, value: Any) -> list[str]:
        return [code for code in value or [] if code in municipalities()]


# --- the register's own filters -------------------------------------------------------------------------------------
def _search(found: Narrowing, text: str) -> None:
    """Contact data is searched only where it may be seen of everyone in reach, and of present members: a hit would tell it."""
    everywhere = found.scope.unit_ids("members.view", "B") == found.choices.unit_ids
    present = None
    if everywhere and found.past:
        tied = Membership.objects.filter(party_id=OuterRef("pk")).in_hand(found.on)
        present = Q(Exists(tied.filter(found.scope.unit_filter("unit", "members.view", "B"))))
    condition = search_filter(text, contacts=everywhere, of=present)
    if condition is not None:
        found.parties &= condition
        found.long_word = any(len(word) >= LONG_WORD for word in terms(text))
        found.short_words = not found.long_word


def narrow_state(found: Narrowing, state: str) -> None:
    """To memberships that are in force, applied for, ended … on the day."""
    on = found.on
    running = Q(started_on__lte=on) & (Q(ended_on__isnull=True) | Q(ended_on__gt=on))
    conditions = {
        IN_FORCE: running,
        "applied": Q(state=State.APPLIED),
        "passive": Q(state=State.LAPSED),
        "ending": running & Q(ended_on__isnull=False),
        "ended": Q(ended_on__lte=on),
    }
    if state in conditions:
        found.memberships &= conditions[state]


STATES = [
    (IN_FORCE, gettext_lazy("In force")),
    ("ending", gettext_lazy("Will end")),
    ("applied", gettext_lazy("Applied")),
    ("passive", gettext_lazy("Passive")),
    ("ended", gettext_lazy("Ended")),
    (EVERYONE, gettext_lazy("All, past ones too")),
]


def _state_says(choices: Choices, state: str) -> str:
    texts = {
        IN_FORCE: _("Membership in force"),
        "ending": _("Membership will end"),
        "applied": _("Membership applied for"),
        "passive": _("Passive membership"),
        "ended": _("Membership ended"),
    }
    return texts.get(state, "")


def _type(found: Narrowing, chosen: str) -> None:
    kinds = [key_of(chosen)] if key_of(chosen) else found.choices.types_of(chosen)
    found.memberships &= Q(type_id__in=kinds)


def _places(found: Narrowing, codes: list[str]) -> None:
    found.parties &= Q(home_municipality__in=codes)


def _places_say(choices: Choices, codes: list[str]) -> str:
    if len(codes) == 1:
        return _("Home municipality: %(name)s") % {"name": choices.place_name(codes[0])}
    return _("Home municipality: %(n)s municipalities") % {"n": len(codes)}


def _unit(found: Narrowing, unit_id: str) -> None:
    found.units = found.choices.units_of(key_of(unit_id))


def current(found: Narrowing) -> Q:
    """Condition on contact points: those in use, or those of the chosen day."""
    return valid_on(found.on) if found.as_of else Q(valid_to__isnull=True)


def _email(found: Narrowing, answer: str) -> None:
    emails = ContactPoint.objects.filter(current(found), party=OuterRef("pk"), kind=ContactKind.EMAIL)
    found.parties &= Q(Exists(emails)) if answer == "yes" else ~Q(Exists(emails))


def _land(found: Narrowing, wanted: str) -> None:
    """By the fee bases of the holding that the membership is tied to."""
    kinds = {
        "field": Q(kind__code__startswith="field_"),
        "forest": Q(kind__code__startswith="forest_"),
        "any": Q(kind__code__startswith="field_") | Q(kind__code__startswith="forest_"),
    }
    land = FeeBasisValue.objects.filter(
        valid_on(found.on), kinds[wanted], holding=OuterRef("holding"), value__gt=0
    )
    found.memberships &= Q(holding__isnull=False) & Q(Exists(land))


LANDS = [
    ("any", gettext_lazy("Field or forest")),
    ("field", gettext_lazy("Field")),
    ("forest", gettext_lazy("Forest")),
]


def _lacks(found: Narrowing, what: str) -> None:
    """Data without which no invoice reaches the payer, or without which it may be charged twice."""
    if what == "holding":
        found.memberships &= Q(type__needs_holding=True, holding__isnull=True)
        return
    if what == "y_tunnus":
        found.memberships &= Q(holding__y_tunnus="", holding__isnull=False)
        return
    points = ContactPoint.objects.filter(current(found), party=OuterRef("pk"))
    found.parties &= ~Q(Exists(points.filter(kind__in=[ContactKind.EMAIL, ContactKind.ADDRESS])))


LACKS = [
    ("contact", gettext_lazy("Address and e-mail")),
    ("holding", gettext_lazy("Holding")),
    ("y_tunnus", gettext_lazy("Business ID of the holding")),
]


def _joined(found: Narrowing, year: int) -> None:
    found.memberships &= Q(started_on__gte=date(year, 1, 1), started_on__lte=date(year, 12, 31))


def _one_of(label: Any, pairs: Any, everything: Any = None) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[("", everything or _("All")), *pairs], widget=QuickSelect)


def _search_field(choices: Choices) -> forms.Field:
    widget = sized(forms.TextInput({"type": "search"}), autocomplete="off")
    return forms.CharField(label=_("Name, member number or holding"), max_length=100, widget=widget)


def _unit_field(choices: Choices) -> forms.Field | None:
    if not choices.units:
        return None
    indent = "\u2007\u2007"
    pairs = [(str(u.pk), indent * u.depth + u.name(choices.language)) for u in choices.units]
    return _one_of(_("Association"), pairs)


def _year_field(choices: Choices) -> forms.Field:
    widget = sized(forms.TextInput({"inputmode": "numeric", "maxlength": "4"}), "xs", autocomplete="off")
    return forms.IntegerField(
        label=_("Joined in the year"), min_value=FIRST_YEAR, max_value=2200, widget=widget
    )


for _own in (
    Filter("q", _search_field, _search, lambda choices, text: "", main=True, order=0),
    Filter(
        "unit",
        _unit_field,
        _unit,
        lambda choices, pk: next((u.name(choices.language) for u in choices.units if str(u.pk) == pk), ""),
        main=True,
        order=10,
    ),
    Filter(
        "type",
        lambda choices: _one_of(_("Membership type"), choices.types),
        _type,
        lambda choices, chosen: dict(choices.types).get(chosen, ""),
        main=True,
        order=20,
    ),
    Filter(
        "places",
        lambda choices: PlacesField(label=_("Home municipality")),
        _places,
        _places_say,
        hides_protected=True,
        order=30,
    ),
    Filter(
        "state",
        lambda choices: _one_of(_("State"), STATES[1:], STATES[0][1]),
        narrow_state,
        _state_says,
        order=50,
    ),
    Filter(
        "land",
        lambda choices: _one_of(_("Owns or rents"), LANDS),
        _land,
        lambda choices, wanted: str(dict(LANDS)[wanted]),
        classes="C",
        order=60,
    ),
    Filter(
        "email",
        lambda choices: _one_of(_("E-mail address"), [("yes", _("Has one")), ("no", _("Has none"))]),
        _email,
        lambda choices, answer: _("Has an e-mail address") if answer == "yes" else _("No e-mail address"),
        classes="B",
        hides_protected=True,
        order=70,
    ),
    Filter(
        "lacks",
        lambda choices: _one_of(_("Missing data"), LACKS, _("Does not matter")),
        _lacks,
        lambda choices, what: _("Missing: %(what)s") % {"what": str(dict(LACKS)[what]).lower()},
        classes="BC",
        hides_protected=True,
        order=75,
    ),
    Filter(
        "joined",
        _year_field,
        _joined,
        lambda choices, year: _("Joined in %(year)s") % {"year": year},
        order=80,
    ),
    Filter(
        "language",
        lambda choices: _one_of(_("Language"), LANGUAGES),
        lambda found, code: setattr(found, "parties", found.parties & Q(language=code)),
        lambda choices, code: _("Language: %(name)s") % {"name": dict(LANGUAGES)[code]},
        classes="B",
        order=90,
    ),
):
    register(_own)
