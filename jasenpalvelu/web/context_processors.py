"""`frame`: what the page frames need to know about the person and the place. Nothing is asked before it is drawn."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from jasenpalvelu.accounts.services.mfa import passed_second_factor
from jasenpalvelu.web import navigation
from jasenpalvelu.web.navigation import Item, address

SPOKEN = {"fi": "FI, suomeksi", "sv": "SV, på svenska", "en": "EN, in English"}


@dataclass(frozen=True)
class Language:
    code: str

    @property
    def short(self) -> str:
        return self.code.upper()

    @property
    def spoken(self) -> str:
        return SPOKEN[self.code]


def frame(request: HttpRequest) -> dict[str, Any]:
    return {"frame": Frame(request)}


class Frame:
    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    # --- who ----------------------------------------------------------------------------------------------------
    @cached_property
    def _user(self) -> Any:
        user = getattr(self._request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @cached_property
    def _scope(self) -> Any:
        """The person's rights; nobody's where the request broke off before they were resolved."""
        return getattr(self._request, "scope", None) if self._user else None

    @property
    def user_name(self) -> str:
        return self._user.get_full_name() if self._user else ""

    @cached_property
    def unit_name(self) -> str:
        unit = self._scope.unit if self._scope else None
        return str(unit) if unit else ""

    @cached_property
    def role_name(self) -> str:
        post = self._scope.post if self._scope else None
        return str(post.role) if post else ""

    @property
    def unit_url(self) -> str:
        """The switcher, only for those who have something to switch to."""
        return address("office:switch") if self._scope and len(self._scope.posts) > 1 else ""

    # --- where --------------------------------------------------------------------------------------------------
    @cached_property
    def office(self) -> list[Item]:
        if not (self._scope and self._scope.is_staff):
            return []
        return navigation.items(self._request, navigation.OFFICE, allowed=self._scope.can)

    @cached_property
    def foot(self) -> list[Item]:
        if not (self._scope and self._scope.is_staff):
            return []
        return navigation.items(self._request, navigation.OFFICE_FOOT, allowed=self._scope.can)

    @cached_property
    def portal(self) -> list[Item]:
        return navigation.items(self._request, navigation.PORTAL) if self._user else []

    @cached_property
    def public(self) -> list[Item]:
        return navigation.items(self._request, navigation.PUBLIC)

    @cached_property
    def service_links(self) -> list[Item]:
        return navigation.items(self._request, navigation.SERVICE)

    @property
    def home_url(self) -> str:
        in_office = bool(self._scope and self._scope.is_staff)
        return (address("office:home") if in_office else "") or reverse("front")

    @property
    def portal_url(self) -> str:
        return address("portal:home") or reverse("front")

    @property
    def search_url(self) -> str:
        return address("office:search") if self._scope and self._scope.is_staff else ""

    @property
    def help_url(self) -> str:
        return address("office:help")

    @property
    def account_base(self) -> str:
        """The frame of one's own account: the office's once it is open, for all others the plain one."""
        in_office = bool(self._scope and self._scope.is_staff) and passed_second_factor(self._request)
        return "office/base.html" if in_office else "portal/base.html"

    @property
    def account_url(self) -> str:
        return address("account_security") or address("account_email") or reverse("front")

    @property
    def logout_url(self) -> str:
        return reverse("account_logout")

    # --- languages ----------------------------------------------------------------------------------------------
    @property
    def languages(self) -> list[Language]:
        return [Language(code) for code, _name in settings.LANGUAGES]

    @property
    def language_url(self) -> str:
        return reverse("language")

    @property
    def here(self) -> str:
        """Where the language switch comes back to; a page that answered a POST goes back to its own address."""
        return (
            self._request.get_full_path() if self._request.method in {"GET", "HEAD"} else self._request.path
        )
