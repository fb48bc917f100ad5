"""The office's first page: what waits, what runs, what is coming, the year in figures; and the settings."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing import waiting as billing
from billing.waiting import Coming
from jasenpalvelu.common import clock
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.money import NBSP, format_money, format_number
from jasenpalvelu.common.parts import Figure
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.presenting import JobView
from jasenpalvelu.web import workqueue
from jasenpalvelu.web.navigation import address
from jasenpalvelu.web.own import own
from members import tabs
from members.choosing import KEPT_SECONDS, Choices, reach_key
from members.requests import ScopedRequest
from members.unit_reading import member_counts
from members.waiting import Asked, applications_url


@require_safe
def home(request: ScopedRequest) -> HttpResponse:
    """Everything that waits for this person, the oldest work first; a new association sees its first steps instead."""
    asked = _asked(request)
    queue = workqueue.queue(asked, request.user.pk)
    wide = workqueue.is_wide(asked)
    found = _Figures(asked, ask=not wide)
    steps = _first_steps(request) if found.members == 0 and not queue.items else []
    running = Job.objects.visible_to(request.scope).active().order_by("-created_at", "-pk").first()
    context = {
        "queue": queue,
        "lede": _lede(queue.total, asked),
        "steps": steps,
        "running": JobView(running, clock.now()) if running else None,
        "coming": _coming(asked, queue),
        "figures": found.items,
        "pending": wide and (queue.pending or not found.complete),
        "year": asked.on.year,
        "unit": request.scope.unit,
        "own": own(request),
        "add_url": address("office:member_add") if request.scope.can("members.edit") else "",
        "statistics_url": _statistics_url(request),
    }
    return render(request, "office/home.html", context)


@require_safe
def figures(request: ScopedRequest) -> HttpResponse:
    """The figures of a wide reach, counted after the page has come; the queue has the rest at the next visit."""
    asked = _asked(request)
    workqueue.count_heavy(asked)
    context = {"figures": _Figures(asked, ask=True).items, "statistics_url": _statistics_url(request)}
    return render(request, "office/home.html#figures", context)


@require_safe
def settings(request: ScopedRequest) -> HttpResponse:
    """Everything this person can set, in one place."""
    scope = _asked(request).scope
    own = scope.unit
    groups: list[tuple[str, list[dict[str, str]]]] = []
    unit_links = []
    if own is not None and scope.can("units.view", own.pk):
        unit_links.append(
            _link("pin", _("Contact details, account and rules"), str(own), "office:unit", own.pk)
        )
    if own is not None and scope.can("units.edit", own.pk):
        unit_links.append(
            _link(
                "card",
                _("Membership types"),
                _("What people can join as."),
                "office:membership_types",
                own.pk,
            )
        )
    if scope.can("units.view") and len(scope.unit_ids("units.view")) > 1:
        unit_links.append(_link("people", _("Associations"), _("The whole tree."), "office:units"))
    posts = _("Who may do what, where and until when; your own posts too.")
    unit_links.append(_link("key", _("Posts and roles"), posts, "office:rights"))
    if scope.can("privacy.handle"):
        asked = _("What people have asked about their own data, with the deadlines.")
        unit_links.append(_link("shield", _("Data protection"), asked, "office:privacy"))
    if own is not None and scope.can("privacy.handle", own.pk, "ABCD") and own.kind.level != 1:
        words = _("What members are asked, and in which words.")
        unit_links.append(_link("check", _("Consents"), words, "office:consent_texts"))
    if own is not None and own.kind.has_members:
        told = _("What the association tells about the data; made from what the service does.")
        unit_links.append(_link("text", _("Privacy notice"), told, "public:notice", own.slug))
    groups.append((_("The association"), unit_links))
    fee_links = [_link("invoice", _("Fee tables"), _("What is charged, by year."), "office:fee_tables")]
    groups.append((_("Invoicing"), fee_links if scope.can("billing.view") else []))
    own_links = [
        _link(
            "shield",
            _("Login and security"),
            _("E-mail address, password, second factor."),
            "account_security",
        ),
        _link("key", _("Devices"), _("Where you are logged in."), "usersessions_list"),
    ]
    groups.append((_("Yourself"), own_links))
    shown = [(title, [link for link in links if link["url"]]) for title, links in groups]
    return render(request, "office/settings.html", {"groups": [group for group in shown if group[1]]})


def _link(icon: str, title: str, text: str, name: str, *args: object) -> dict[str, str]:
    url = reverse(name, args=args) if args else address(name)
    return {"icon": icon, "title": title, "text": text, "url": url}


def _asked(request: ScopedRequest) -> Asked:
    """Only people with a post have an office."""
    if not request.scope.is_staff:
        raise Http404
    return Asked(request.scope, clock.today())


def _statistics_url(request: ScopedRequest) -> str:
    return address("office:statistics") if request.scope.can("statistics.view") else ""


def _lede(total: int, asked: Asked) -> str:
    """ "31 things wait for you. Monday 23.11.2026." """
    day = f"{date_format(asked.on, 'l')} {format_date(asked.on, get_language() or 'fi')}"
    day = day[0].upper() + day[1:]
    if not total:
        return _("Nothing waits for you. %(day)s.") % {"day": day}
    text = ngettext("%(n)s thing waits for you. %(day)s.", "%(n)s things wait for you. %(day)s.", total)
    return text % {"n": _number(total), "day": day}


def _number(value: int | Decimal, decimals: int = 0) -> str:
    return format_number(value, get_language() or "fi", decimals=decimals)


# --- what is coming -------------------------------------------------------------------------------------------------
def _coming(asked: Asked, queue: workqueue.Queue) -> list[Coming]:
    found = billing.coming(asked.scope, asked.on)
    unit = asked.scope.unit
    if unit is not None and unit.next_meeting is not None and unit.next_meeting >= asked.on:
        waiting = next((item for item in queue.items if item.url == applications_url()), None)
        count = waiting.n if waiting else 0
        detail = ngettext("%(n)s application on the list", "%(n)s applications on the list", count) % {
            "n": count
        }
        found.append(Coming(unit.next_meeting, _("Meeting of the board"), detail if count else ""))
    return sorted(found, key=lambda event: event.day)


# --- the year in figures --------------------------------------------------------------------------------------------
@dataclass
class _Figures:
    """The strip of figures. In a wide reach asked for after the page and kept five minutes."""

    asked: Asked
    ask: bool

    def __post_init__(self) -> None:
        scope, on = self.asked.scope, self.asked.on
        self.members: int | None = None
        self.joined: int | None = None
        self.memberships: int | None = None
        self.year: billing.Year | None = None
        if scope.can("members.view"):
            joined = f"joined={on.year}"
            known = tabs.numbers(Choices(scope), ["", joined], on, current="", ask=self.ask)
            self.members, self.joined = known.of(""), known.of(joined)
            self.memberships = self._memberships()
        self.finance = scope.can(billing.VIEW, classes="D")
        if self.finance:
            self.year = self._year()

    def _memberships(self) -> int | None:
        """Members of each association added up: where that is more than members, the difference wants a word."""
        scope, on = self.asked.scope, self.asked.on
        units = scope.unit_ids("members.view")
        if len(units) < 2:
            return 0
        key = f"home:memberships:{reach_key(scope)}:{on:%Y%m%d}"
        found: int | None = cache.get(key) if workqueue.is_wide(self.asked) else None
        if found is None and self.ask:
            counts = member_counts(units, on=on)
            found = sum(counts.get(unit, 0) for unit in units)
            cache.set(key, found, KEPT_SECONDS)
        return found

    def _year(self) -> billing.Year | None:
        scope, on = self.asked.scope, self.asked.on
        key = f"queue:year:{reach_key(scope, billing.VIEW)}:{on:%Y%m%d}"
        found: billing.Year | None = cache.get(key) if workqueue.is_wide(self.asked) else None
        if found is None and self.ask:
            found = billing.year(scope, on)
            cache.set(key, found, KEPT_SECONDS)
        return found

    @property
    def complete(self) -> bool:
        known = self.members is not None and self.memberships is not None
        counted = known or not self.asked.scope.can("members.view")
        return counted and (self.year is not None or not self.finance)

    @property
    def items(self) -> list[Figure]:
        items = []
        if self.members is not None:
            parts = [_("+%(n)s this year") % {"n": _number(self.joined)}] if self.joined else []
            if self.memberships and self.memberships > self.members:
                words = _("%(n)s memberships, some in several associations")
                parts.append(words % {"n": _number(self.memberships)})
            change = ", ".join(parts)
            items.append(
                Figure(_("Members"), _number(self.members), change=change, url=address("office:members"))
            )
        return items + (_money_figures(self.year, self.asked.on.year) if self.year else [])


def _money_figures(sums: billing.Year, year: int) -> list[Figure]:
    late = ngettext("%(n)s invoice late", "%(n)s invoices late", sums.late) % {"n": _number(sums.late)}
    of_year = sums.sums
    share = "" if of_year.paid_share is None else _number(of_year.paid_share * 100, 1)
    paid = format_money(of_year.paid, get_language() or "fi") if share else _("nothing invoiced yet")
    return [
        Figure(_("Invoiced %(year)s") % {"year": year}, _number(of_year.billed), "€", _change(sums.change)),
        Figure(_("Paid"), share or "–", "%" if share else "", paid),
        Figure(_("Open"), _number(sums.open), "€", late, url=address("office:billing")),
    ]


def _change(change: Decimal | None) -> str:
    if change is None:
        return ""
    sign = "+" if change > 0 else ""
    return _("%(change)s from last year") % {"change": f"{sign}{_number(change * 100, 1)}{NBSP}%"}


# --- a new association ----------------------------------------------------------------------------------------------
def _first_steps(request: ScopedRequest) -> list[dict[str, Any]]:
    """What to do in an association without members: bring the list, check its own data, decide the fees."""
    scope, unit = request.scope, request.scope.unit
    steps = []
    if scope.can("members.import"):
        steps.append(
            (
                "upload",
                _("Bring the list of members"),
                _("From the file you have kept so far."),
                "office:imports",
            )
        )
    if scope.can("members.edit"):
        steps.append(("plus", _("Add the first member"), _("One at a time works too."), "office:member_add"))
    if scope.can("billing.tables"):
        steps.append(
            ("invoice", _("Set the fees"), _("As the meeting has decided them."), "office:fee_tables")
        )
    found = [_link(icon, title, text, name) for icon, title, text, name in steps]
    if unit is not None and scope.can("units.edit", unit.pk):
        text = _("Address and the next meeting of the board.")
        found.append(_link("pin", _("Check the association's data"), text, "office:unit_edit", unit.pk))
    if unit is not None and scope.can("billing.settings", unit.pk) and not unit.iban:
        text = _("Without it no invoice can be made.")
        found.append(_link("pin", _("Enter the account number"), text, "office:unit_billing", unit.pk))
    return [step for step in found if step["url"]]
