"""The places of the office, the portal and the public site: what exists, who may see it, what waits there.

A place whose URL name is not known to this installation is left out, so that a module and its pages come and go together.
An app's count of waiting work is registered with `counter`, because web may ask everyone but nobody may ask web.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from communications.sections import OPENS

Counter = Callable[[HttpRequest], int]


@dataclass(frozen=True)
class Place:
    """`needs`: any one of these capabilities; empty is for everyone in this frame. `covers`: pages with addresses of their own
    that are reached from this place, and are shown as part of it."""

    label: str | Promise
    icon: str
    url_name: str
    needs: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """A place as the page shows it to this person."""

    label: str
    icon: str
    url: str
    current: bool = False
    counter: Counter | None = None
    request: HttpRequest | None = None

    @cached_property
    def count(self) -> int:
        """Asked only when the navigation is drawn, and once."""
        return self.counter(self.request) if self.counter and self.request else 0


# At most eight (VISUAL §4).
OFFICE = (
    Place(_("Work queue"), "home", "office:home"),
    Place(
        _("Members"),
        "people",
        "office:members",
        ("members.view",),
        ("office:quality", "office:segments", "office:community"),
    ),
    Place(_("Communications"), "mail", "office:messages", OPENS),
    Place(_("Applications"), "text", "office:applications", ("members.admit",), ("office:meetings",)),
    Place(_("Invoicing"), "invoice", "office:billing", ("billing.view",)),
    Place(_("Associations"), "pin", "office:units", ("units.view",)),
    Place(_("Import"), "upload", "office:imports", ("members.import",)),
    Place(_("Statistics"), "chart", "office:statistics", ("statistics.view",)),
)
OFFICE_FOOT = (
    Place(_("Background work"), "clock", "office:jobs"),
    Place(_("My pages"), "card", "portal:home"),
    Place(_("Settings"), "settings", "office:settings", covers=("office:rights", "office:privacy")),
)
PORTAL = (
    Place(
        _("Home"),
        "home",
        "portal:home",
        covers=("portal:announcements", "portal:materials", "portal:benefits", "portal:invite"),
    ),
    Place(_("Card"), "card", "portal:card"),
    Place(_("Invoices"), "invoice", "portal:invoices"),
    Place(_("Messages"), "chat", "portal:messages", covers=("portal:letters", "portal:surveys")),
    Place(_("My details"), "person", "portal:details"),
)
PUBLIC = (
    Place(_("Join"), "people", "public:join_index"),
    Place(_("Announcements"), "text", "public:announcements"),
)
SERVICE = (
    Place(_("Accessibility statement"), "access", "accessibility"),
    Place(_("Sources of data"), "info", "sources"),
    Place(_("Log in"), "key", "account_login"),
)

_counters: dict[str, Counter] = {}


def counter(url_name: str) -> Callable[[Counter], Counter]:
    """Register what waits at a place: `@counter("office:home")` over a function of the request."""

    def register(count: Counter) -> Counter:
        _counters[url_name] = count
        return count

    return register


def address(url_name: str) -> str:
    """The address of a page, or "" where the page does not exist."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def items(
    request: HttpRequest, places: Sequence[Place], *, allowed: Callable[[str], bool] | None = None
) -> list[Item]:
    """The places this person sees, the one they are at marked."""
    seen = [
        (place, url) for place in places if (url := address(place.url_name)) and _permitted(place, allowed)
    ]
    parts = {url: url for _, url in seen}
    parts |= {address(name): url for place, url in seen for name in place.covers}
    here = parts.get(_current([url for url in parts if url], request.path))
    return [
        Item(str(place.label), place.icon, url, url == here, _counters.get(place.url_name), request)
        for place, url in seen
    ]


def _permitted(place: Place, allowed: Callable[[str], bool] | None) -> bool:
    return not place.needs or (allowed is not None and any(allowed(need) for need in place.needs))


def _current(urls: Sequence[str], path: str) -> str:
    """The closest address above the page: /toimisto/jasenet/12/ belongs to /toimisto/jasenet/, not to /toimisto/."""
    above = [url for url in urls if path == url or (path.startswith(url) and url.count("/") > 2)]
    return max(above, key=len, default="")
