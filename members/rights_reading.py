"""Who holds which post and what it lets one do: read within the reach of whoever asks, and put in words (REG-12)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from jasenpalvelu.accounts.services.mfa import SECOND_FACTORS
from jasenpalvelu.common.dates import format_date
from members.granting import Right
from members.models import ContactPoint, Mandate, OrgUnit, Party, PartyLogin, RoleTemplate, Training
from members.models.mandates import WARNED_DAYS, Capability, MandateQuerySet, Reach
from members.models.parties import ContactKind, PartyKind
from members.scope import Scope, is_usable
from members.searching import search_filter
from members.seers import classes_text
from members.services.mandates import GRANT, beyond, rights_of

NOW, COMING, ENDED = "nyt", "tulossa", "paattyneet"
CANDIDATES = 20
# Capabilities whose field classes tell something: through these one meets members' data.
ABOUT_MEMBERS = frozenset(
    {
        Capability.MEMBERS_VIEW,
        Capability.MEMBERS_EDIT,
        Capability.MEMBERS_ADMIT,
        Capability.MEMBERS_IMPORT,
        Capability.MEMBERS_EXPORT,
        Capability.AUDIT_VIEW,
        Capability.STATISTICS_VIEW,
        Capability.MESSAGES_VIEW,
        Capability.MESSAGES_SEND,
        Capability.TALKS_ANSWER,
        Capability.SURVEYS_EDIT,
        Capability.BILLING_VIEW,
    }
)


# --- rights in words ------------------------------------------------------------------------------------------------
def reach_text(reach: str) -> str:
    return {
        Reach.OWN: _("in the own unit"),
        Reach.BELOW: _("in the own unit and in all below it"),
        Reach.LISTED: _("in the units named when the post is given"),
    }[Reach(reach)]


def right_text(right: Right) -> str:
    """ "See members in the own unit: name and municipality, contact details" """
    text = _("%(what)s %(where)s") % {"what": _what(right), "where": reach_text(right.reach)}
    data = _data(right)
    return f"{text}: {data}" if data else text


def _what(right: Right) -> str:
    return capfirst(str(Capability(right.capability).label))


def _data(right: Right) -> str:
    """The data one meets through the right; nothing where its classes tell nothing."""
    return classes_text("".join(sorted(right.classes))) if right.capability in ABOUT_MEMBERS else ""


def rights_text(rights: Iterable[Right]) -> list[str]:
    """In the order capabilities are listed."""
    return [right_text(right) for right in _in_order(rights)]


def rights_by_area(rights: Iterable[Right]) -> list[tuple[str, str]]:
    """What may be done, without where and with which data, under headings by which two roles compare: "Members": "see members, …" """
    areas: dict[str, list[str]] = {}
    for right in _in_order(rights):
        words = areas.setdefault(_area(right.capability), [])
        word = str(Capability(right.capability).label)
        if word not in words:
            words.append(word)
    return [(area, ", ".join(words)) for area, words in areas.items()]


def _area(capability: str) -> str:
    return {
        "units": _("Units and posts"),
        "mandates": _("Units and posts"),
        "members": _("Members"),
        "billing": _("Invoicing"),
        "statistics": _("Statistics"),
        "messages": _("Communications"),
        "talks": _("Communications"),
        "surveys": _("Communications"),
        "content": _("Communications"),
    }.get(capability.partition(".")[0], _("Data protection"))


def rights_by_place(rights: Iterable[Right]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Where → what may be done there, each with the data one meets by it."""
    places: dict[str, list[tuple[str, str]]] = {}
    for right in _in_order(rights):
        places.setdefault(capfirst(reach_text(right.reach)), []).append((_what(right), _data(right)))
    return list(places.items())


def _in_order(rights: Iterable[Right]) -> list[Right]:
    order = list(Capability)
    return sorted(rights, key=lambda r: (order.index(Capability(r.capability)), r.reach))


# --- mandates -------------------------------------------------------------------------------------------------------
def with_facts(rows: MandateQuerySet, on: date) -> MandateQuerySet:
    """Mandates with what their lines show: the person, the role, and whether the conditions are met."""
    factor = Authenticator.objects.filter(
        user__party_login__party=OuterRef("party_id"), type__in=SECOND_FACTORS
    )
    return (
        rows.with_training(on)
        .annotate(has_factor=Exists(factor))
        .select_related("party__person", "unit", "template", "decision", "granted_by")
    )


def mandates(scope: Scope, *, on: date, when: str, unit_id: int | None, text: str) -> MandateQuerySet:
    """The posts in the units where the asker gives them, by time, unit and name."""
    rows = Mandate.objects.visible_to(scope, GRANT)
    if when == ENDED:
        rows = rows.filter(valid_to__lt=on)
    elif when == COMING:
        rows = rows.filter(valid_from__gt=on)
    else:
        rows = rows.on(on)
    if unit_id is not None:
        rows = rows.filter(unit_id=unit_id)
    condition = search_filter(text, contacts=False) if text else None
    if condition is not None:
        rows = rows.filter(party__in=Party.objects.filter(condition))
    return with_facts(rows, on)


def own_mandates(party_id: int, on: date) -> list[Mandate]:
    rows = Mandate.objects.not_over(on).filter(party_id=party_id)
    return list(with_facts(rows, on).order_by("valid_from", "pk"))


@dataclass(frozen=True)
class Missing:
    """A condition that is not met: what it is, how one meets it, and where."""

    code: str
    text: str
    how: str
    url: str = ""


def missing(mandate: Mandate) -> list[Missing]:
    """What keeps the mandate, asked for with `with_facts`, from giving its rights; nothing when all is in order."""
    found = []
    if not is_usable(mandate):
        found.append(
            Missing(
                "training",
                _("Data protection training"),
                _("Pass the training and tell those who give posts in %(unit)s. They record it here.")
                % {"unit": mandate.unit},
            )
        )
    if mandate.template.requires_mfa and not mandate.has_factor:  # type: ignore[attr-defined] # annotated
        found.append(
            Missing(
                "factor",
                _("A second factor for logging in"),
                _("Set up a passkey or an app. It takes about two minutes."),
                reverse("mfa_index"),
            )
        )
    return found


def waiting_posts(party_id: int | None, on: date) -> list[tuple[Mandate, list[Missing]]]:
    """One's own posts in their period that give nothing yet, with what is missing."""
    if party_id is None:
        return []
    rows = with_facts(Mandate.objects.on(on).filter(party_id=party_id), on).order_by("pk")
    return [(row, lacks) for row in rows if (lacks := missing(row))]


def status(mandate: Mandate, on: date) -> tuple[str, str]:
    """The kind of chip and its word."""
    if mandate.valid_to is not None and mandate.valid_to < on:
        return "", _("ended")
    if mandate.valid_from is not None and mandate.valid_from > on:
        return "info", _("coming")
    if missing(mandate):
        return "warn", _("waits for its conditions")
    if mandate.valid_to is not None and (mandate.valid_to - on).days <= WARNED_DAYS:
        return "warn", _("ends soon")
    return "done", _("in force")


def term_text(mandate: Mandate) -> str:
    first = format_date(mandate.valid_from) if mandate.valid_from else ""
    if mandate.valid_to is None:
        return _("since %(day)s, until further notice") % {"day": first}
    return f"{first}–{format_date(mandate.valid_to)}"


def decision_text(mandate: Mandate) -> str:
    decision = mandate.decision
    if decision is None:
        return _("not recorded")
    text = f"{decision.get_body_display()} {format_date(decision.decided_on)}"
    return f"{text}, § {decision.section}" if decision.section else text


def trainings(party: Party) -> QuerySet[Training]:
    return Training.objects.filter(party=party).select_related("recorded_by").order_by("-valid_to", "-pk")


# --- giving a post --------------------------------------------------------------------------------------------------
def units_of(scope: Scope) -> list[OrgUnit]:
    """Where the asker gives posts."""
    return list(OrgUnit.objects.visible_to(scope, GRANT).order_by("sort_key", "pk"))


def candidates(scope: Scope) -> QuerySet[Party]:
    """People the asker may give a post to: whom the asker sees as members, and who holds or held a post in reach."""
    posts = Mandate.objects.visible_to(scope, GRANT).filter(party_id=OuterRef("pk"))
    members = Party.objects.visible_to(scope).filter(pk=OuterRef("pk"))
    people = Party.objects.filter(kind=PartyKind.PERSON, person__deceased_on=None)
    return people.filter(Q(Exists(posts)) | Q(Exists(members))).select_related("person")


def found(scope: Scope, text: str) -> list[Party]:
    condition = search_filter(text, contacts=False)
    if condition is None:
        return []
    return list(candidates(scope).filter(condition).order_by("sort_key", "pk")[:CANDIDATES])


def login_address(party: Party, on: date) -> tuple[str, bool]:
    """The address the person logs in with and whether there is such a login; else the person's address in the register, when
    it is nobody else's; "" when it has to be asked for."""
    login = PartyLogin.objects.filter(party=party).select_related("user").order_by("user_id").first()
    if login is not None:
        return login.user.email, True
    points = ContactPoint.objects.on(on).filter(kind=ContactKind.EMAIL, bounced_on=None)
    own = points.filter(party=party).order_by("-primary", "pk").first()
    if own is None or points.filter(key=own.key).exclude(party=party).exists():
        return "", False
    return own.value, False


def roles_for(scope: Scope, unit: OrgUnit) -> tuple[list[RoleTemplate], list[RoleTemplate]]:
    """The roles the asker may give in the unit, and those that go beyond what the asker holds."""
    rows = RoleTemplate.objects.for_unit(unit.pk).prefetch_related("grants").order_by("unit_id", "pk")
    may: list[RoleTemplate] = []
    beyond_me: list[RoleTemplate] = []
    for role in rows:
        rights = [r for r in rights_of(role) if r.reach != Reach.LISTED]
        (beyond_me if beyond(scope, rights, unit_id=unit.pk) else may).append(role)
    return may, beyond_me
