"""The register's own criteria: membership, person, contact details, holding and fee bases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import In
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.keys import key_of
from jasenpalvelu.common.money import format_number
from members import filters
from members.choosing import Choices
from members.filters import Narrowing, PlacesField
from members.models import ContactPoint, FeeBasisValue, MembershipEvent, Person
from members.models.dated import valid_on
from members.models.memberships import EventKind
from members.models.parties import LANGUAGES, ContactKind, PartyKind
from members.segments import fields
from members.segments.criteria import HAVING, Kind, Known, register
from members.segments.tree import IS, IS_NOT

Values = dict[str, Any]


# --- membership -------------------------------------------------------------------------------------------------------
def _type(found: Narrowing, values: Values) -> None:
    """As of another day: the type it was then, by the change that came after."""
    kinds = sorted(
        {
            pk
            for code in values["types"]
            for pk in ([key_of(code)] if key_of(code) else found.choices.types_of(code))
        }
    )
    if not found.as_of:
        found.memberships &= Q(type_id__in=kinds)
        return
    later = MembershipEvent.objects.filter(
        membership=OuterRef("pk"), kind=EventKind.TYPE_CHANGED, effective_on__gt=found.on
    ).annotate(was=Cast(KeyTextTransform("from", "data"), BigIntegerField()))
    was = Subquery(later.order_by("effective_on", "pk").values("was")[:1])
    type_then = Coalesce(was, F("type_id"), output_field=BigIntegerField())
    found.memberships &= Q(In(type_then, kinds))


def _unit(found: Narrowing, values: Values) -> None:
    found.units = found.choices.units_of(key_of(values["unit"]))


def _between(column: str, shift: timedelta = timedelta(0)) -> Callable[[Narrowing, Values], None]:
    def narrow(found: Narrowing, values: Values) -> None:
        if values["from"]:
            found.memberships &= Q(**{f"{column}__gte": values["from"] + shift})
        if values["to"]:
            found.memberships &= Q(**{f"{column}__lte": values["to"] + shift})

    return narrow


def _named(known: Known, part: str) -> str:
    return ", ".join(dict.fromkeys(str(getattr(m, part)) for m in known.memberships))


def _days_of(known: Known, attribute: str) -> str:
    days = sorted({day for m in known.memberships if (day := getattr(m, attribute))})
    return ", ".join(format_date(day) for day in days)


def _period(values: Values, *, from_to: str, since: str, until: str) -> str:
    low, high = values["from"], values["to"]
    told = {"low": format_date(low) if low else "", "high": format_date(high) if high else ""}
    return (from_to if low and high else since if low else until) % told


def _joined_clause(choices: Choices, values: Values, op: str) -> str:
    if op == IS:
        return _period(
            values,
            from_to=_("who joined between %(low)s and %(high)s"),
            since=_("who joined on %(low)s or later"),
            until=_("who joined on %(high)s or earlier"),
        )
    return _period(
        values,
        from_to=_("who did not join between %(low)s and %(high)s"),
        since=_("who did not join on %(low)s or later"),
        until=_("who did not join on %(high)s or earlier"),
    )


def _left_clause(choices: Choices, values: Values, op: str) -> str:
    if op == IS:
        return _period(
            values,
            from_to=_("whose last day was between %(low)s and %(high)s"),
            since=_("whose last day was %(low)s or later"),
            until=_("whose last day was %(high)s or earlier"),
        )
    return _period(
        values,
        from_to=_("whose last day was not between %(low)s and %(high)s"),
        since=_("whose last day was not %(low)s or later"),
        until=_("whose last day was not %(high)s or earlier"),
    )


def _either(
    yes: Promise, no: Promise, what: Callable[[Choices, Values], str]
) -> Callable[[Choices, Values, str], str]:
    """A clause and its opposite over the same words."""
    return lambda choices, values, op: str(yes if op == IS else no) % {"what": what(choices, values)}


def _or(names: list[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return _("%(first)s or %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}


# --- person -----------------------------------------------------------------------------------------------------------
def _age(found: Narrowing, values: Values) -> None:
    """Whole years reached on the day. Nobody without a date of birth has an age."""
    born = Q()
    if values["from"] is not None:
        born &= Q(birth_date__lte=found.on - relativedelta(years=values["from"]))
    if values["to"] is not None:
        born &= Q(birth_date__gt=found.on - relativedelta(years=values["to"] + 1))
    found.parties &= Q(Exists(Person.objects.filter(born, party_id=OuterRef("pk"))))


def _years(values: Values) -> str:
    low, high = values["from"], values["to"]
    if low is not None and high is not None:
        return _("%(low)s–%(high)s years") % {"low": low, "high": high}
    if low is not None:
        return _("at least %(n)s years") % {"n": low}
    return _("at most %(n)s years") % {"n": high}


def _age_fact(known: Known, values: Values) -> str:
    person = Person.objects.filter(party_id=known.party.pk).first()
    age = person.age_on(known.on) if person else None
    return _("%(n)s years") % {"n": age} if age is not None else ""


def _places_words(choices: Choices, values: Values) -> str:
    names = [choices.place_name(code) for code in values["places"]]
    if len(names) > 6:
        return _("one of %(n)s municipalities") % {"n": len(names)}
    return _or(names)


def _party_kind_clause(choices: Choices, values: Values, op: str) -> str:
    person = (values["what"] == PartyKind.PERSON) == (op == IS)
    return _("who are persons") if person else _("which are organisations")


# --- contact details --------------------------------------------------------------------------------------------------
CONTACTS = [
    (ContactKind.EMAIL, gettext_lazy("e-mail address")),
    (ContactKind.PHONE, gettext_lazy("phone number")),
    (ContactKind.ADDRESS, gettext_lazy("postal address")),
]


def _contact(found: Narrowing, values: Values) -> None:
    points = ContactPoint.objects.filter(filters.current(found), party=OuterRef("pk"), kind=values["what"])
    found.parties &= Q(Exists(points))


def _contact_clause(choices: Choices, values: Values, op: str) -> str:
    texts = {
        (ContactKind.EMAIL, IS): _("who have an e-mail address"),
        (ContactKind.EMAIL, IS_NOT): _("who have no e-mail address"),
        (ContactKind.PHONE, IS): _("who have a phone number"),
        (ContactKind.PHONE, IS_NOT): _("who have no phone number"),
        (ContactKind.ADDRESS, IS): _("who have a postal address"),
        (ContactKind.ADDRESS, IS_NOT): _("who have no postal address"),
    }
    return texts[values["what"], op]


def _contact_fact(known: Known, values: Values) -> str:
    points = ContactPoint.objects.filter(valid_on(known.on), party=known.party, kind=values["what"])
    point = points.order_by("-primary", "pk").first()
    return (
        ", ".join(filter(None, (point.value, f"{point.postal_code} {point.city}".strip()))) if point else ""
    )


# --- holding and fee bases --------------------------------------------------------------------------------------------
def _basis(found: Narrowing, values: Values) -> None:
    """By the holding of the membership: the value of the whole holding, or the sum of its parts within reach."""
    rows = FeeBasisValue.objects.filter(
        valid_on(found.on), kind_id=values["kind"], holding=OuterRef("holding")
    )
    whole = rows.filter(unit__isnull=True)
    reached = sorted(found.scope.unit_ids("members.view", "C"))
    parts = rows.filter(unit_id__in=reached).order_by().values("holding").annotate(total=Sum("value"))
    found.memberships &= Q(holding__isnull=False) & (
        Q(Exists(whole.filter(_within("value", values))))
        | (~Q(Exists(whole)) & Q(Exists(parts.filter(_within("total", values)).values("holding"))))
    )


def _within(column: str, values: Values) -> Q:
    limits = {"gte": values["from"], "lte": values["to"]}
    return Q(**{f"{column}__{end}": limit for end, limit in limits.items() if limit is not None})


def _basis_words(choices: Choices, values: Values) -> str:
    kind = next((k for k in fields.basis_kinds() if k.pk == values["kind"]), None)
    low, high = (
        "" if limit is None else format_number(limit, choices.language)
        for limit in (values["from"], values["to"])
    )
    told = {"basis": str(kind or "?"), "low": low, "high": high, "unit": kind.unit if kind else ""}
    if low and high:
        return _("%(basis)s %(low)s–%(high)s %(unit)s") % told
    return (
        _("%(basis)s at least %(low)s %(unit)s") if low else _("%(basis)s at most %(high)s %(unit)s")
    ) % told


def _basis_fact(known: Known, values: Values) -> str:
    holdings = [m.holding_id for m in known.memberships if m.holding_id]
    rows = FeeBasisValue.objects.filter(
        valid_on(known.on), Q(unit__isnull=True) | Q(unit_id__in=known.choices.scope.unit_ids("members.view", "C")),
        holding__in=holdings, kind_id=values["kind"],
    ).select_related("holding")  # fmt: skip
    return ", ".join(
        f"{row.holding}: {format_number(row.value, known.choices.language)}" for row in rows.order_by("pk")
    )


def _basis_fields(choices: Choices) -> dict[str, Any]:
    pairs = [(kind.pk, f"{kind} ({kind.unit})") for kind in fields.basis_kinds()]
    return {"kind": fields.choice(gettext_lazy("Basis"), pairs), **fields.amounts()}


LANDS = {
    ("any", IS): gettext_lazy("who own or rent field or forest"),
    ("any", IS_NOT): gettext_lazy("who own or rent neither field nor forest"),
    ("field", IS): gettext_lazy("who own or rent field"),
    ("field", IS_NOT): gettext_lazy("who own or rent no field"),
    ("forest", IS): gettext_lazy("who own forest"),
    ("forest", IS_NOT): gettext_lazy("who own no forest"),
}
LACKS = {
    ("contact", IS): gettext_lazy("who lack both address and e-mail"),
    ("contact", IS_NOT): gettext_lazy("who do not lack both address and e-mail"),
    ("holding", IS): gettext_lazy("whose membership lacks its holding"),
    ("holding", IS_NOT): gettext_lazy("whose membership does not lack its holding"),
    ("y_tunnus", IS): gettext_lazy("whose holding lacks its business ID"),
    ("y_tunnus", IS_NOT): gettext_lazy("whose holding does not lack its business ID"),
}


def _shared(name: str) -> Callable[[Narrowing, Values], None]:
    """The member list's own filter of the name."""
    return lambda found, values: filters.registered(name).narrow(found, values["what"])


def _has_holding(choices: Choices) -> bool:
    return choices.scope.can("members.view", classes="C")


def _one(label: Any, pairs: Any) -> Callable[[Choices], dict[str, Any]]:
    return lambda choices: {"what": fields.choice(label, pairs)}


OWN = (
    Kind(
        "type", gettext_lazy("Type of membership"), "membership", _type,
        _either(gettext_lazy("whose membership is %(what)s"), gettext_lazy("whose membership is not %(what)s"),
                lambda choices, values: _or(fields.type_names(choices, values["types"]))),
        fact=lambda known, values: _named(known, "type"),
        fields=lambda choices: {"types": fields.TypesField(choices)},
        order=10,
    ),
    Kind(
        "unit", gettext_lazy("Association"), "membership", _unit,
        _either(gettext_lazy("whose association is %(what)s"), gettext_lazy("whose association is not %(what)s"),
                lambda choices, values: fields.unit_name(choices, values["unit"])),
        fact=lambda known, values: _named(known, "unit"),
        fields=lambda choices: {"unit": fields.UnitField(choices)},
        offered=lambda choices: len(choices.unit_ids) > 1,
        order=20,
    ),
    Kind(
        "joined", gettext_lazy("Joined"), "membership", _between("started_on"), _joined_clause,
        fact=lambda known, values: _days_of(known, "started_on"),
        fields=lambda choices: fields.days(), check=fields.check_range, order=30,
    ),
    Kind(
        "left", gettext_lazy("Last day of membership"), "membership",
        _between("ended_on", fields.ONE_DAY), _left_clause,
        fact=lambda known, values: _days_of(known, "last_day"),
        fields=lambda choices: fields.days(), check=fields.check_range, order=40,
    ),
    Kind(
        "voting", gettext_lazy("Right to vote"), "membership",
        lambda found, values: setattr(found, "memberships", found.memberships & Q(type__voting=True)),
        lambda choices, values, op: _("who have a vote") if op == IS else _("who have no vote"),
        fact=lambda known, values: _named(known, "type"), operators=HAVING, order=50,
    ),
    Kind(
        "place", gettext_lazy("Home municipality"), "person",
        lambda found, values: filters.registered("places").narrow(found, values["places"]),
        _either(gettext_lazy("whose home municipality is %(what)s"), gettext_lazy("whose home municipality is not %(what)s"), _places_words),
        fact=lambda known, values: known.choices.place_name(known.party.home_municipality),
        fields=lambda choices: {"places": PlacesField(label=gettext_lazy("Home municipality"))},
        hides_protected=True, order=10,
    ),
    Kind(
        "age", gettext_lazy("Age"), "person", _age,
        _either(gettext_lazy("whose age is %(what)s"), gettext_lazy("whose age is not %(what)s"), lambda choices, values: _years(values)),
        fact=_age_fact, fields=lambda choices: fields.whole_range(), check=fields.check_range,
        classes="C", order=20,
    ),
    Kind(
        "language", gettext_lazy("Language"), "person",
        lambda found, values: filters.registered("language").narrow(found, values["what"]),
        _either(gettext_lazy("whose language is %(what)s"), gettext_lazy("whose language is not %(what)s"),
                lambda choices, values: str(dict(LANGUAGES)[values["what"]])),
        fact=lambda known, values: known.party.get_language_display(),
        fields=_one(gettext_lazy("Language"), LANGUAGES), classes="B", order=30,
    ),
    Kind(
        "party_kind", gettext_lazy("Person or organisation"), "person",
        lambda found, values: setattr(found, "parties", found.parties & Q(kind=values["what"])),
        _party_kind_clause,
        fact=lambda known, values: known.party.get_kind_display(),
        fields=_one(gettext_lazy("Person or organisation"), PartyKind.choices), order=40,
    ),
    Kind(
        "contact", gettext_lazy("Contact details"), "contact", _contact, _contact_clause,
        fact=_contact_fact, fields=_one(gettext_lazy("Contact details"), CONTACTS), operators=HAVING,
        classes="B", hides_protected=True, order=10,
    ),
    Kind(
        "basis", gettext_lazy("Fee basis"), "holding", _basis,
        _either(gettext_lazy("whose fee basis is %(what)s"), gettext_lazy("whose fee basis is not %(what)s"), _basis_words),
        fact=_basis_fact, fields=_basis_fields, check=fields.check_range, classes="C", order=10,
    ),
    Kind(
        "land", gettext_lazy("Field or forest"), "holding", _shared("land"),
        lambda choices, values, op: str(LANDS[values["what"], op]),
        fact=lambda known, values: _named_holdings(known), fields=_one(gettext_lazy("Owns or rents"), filters.LANDS),
        operators=HAVING, classes="C", order=20,
    ),
    Kind(
        "lacks", gettext_lazy("Missing data"), "other", _shared("lacks"),
        lambda choices, values, op: str(LACKS[values["what"], op]),
        fields=_one(gettext_lazy("Missing data"), filters.LACKS), classes="BC", hides_protected=True,
        order=10,
    ),
)  # fmt: skip


def _named_holdings(known: Known) -> str:
    return ", ".join(dict.fromkeys(m.holding.name for m in known.memberships if m.holding))


def register_own() -> None:
    """Called when the app is ready."""
    for kind in OWN:
        register(kind)
