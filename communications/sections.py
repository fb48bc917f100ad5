"""The parts of communications as tabs: those that exist here and this person may use."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from communications.permissions import ANSWER, APPROVE, CONTENT, SEND, SETTINGS, SURVEYS, VIEW
from jasenpalvelu.common.parts import Tab
from members.scope import Scope


@dataclass(frozen=True)
class Section:
    """A tab: any one of the capabilities opens it."""

    label: str | Promise
    url_name: str
    needs: tuple[str, ...]


SECTIONS = (
    Section(_("Letters"), "office:messages", (VIEW, SEND, APPROVE)),
    Section(_("Questions"), "office:talks", (ANSWER,)),
    Section(_("Surveys"), "office:surveys", (SURVEYS,)),
    Section(_("Announcements"), "office:announcements", (CONTENT,)),
    Section(_("Materials"), "office:materials", (CONTENT,)),
    Section(_("Benefits"), "office:benefits", (CONTENT,)),
    Section(_("Campaigns"), "office:campaigns", (CONTENT,)),
    Section(_("Sent mail"), "office:outbox", (VIEW,)),
    Section(_("Settings"), "office:messages_settings", (SETTINGS,)),
)
# Every capability that opens the place in the navigation.
OPENS = tuple(dict.fromkeys(need for section in SECTIONS for need in section.needs))


def tabs(scope: Scope, path: str) -> list[Tab]:
    """The tabs of this person, the one whose pages lie nearest above `path` marked."""
    found = [
        (section, url)
        for section in SECTIONS
        if any(scope.can(need) for need in section.needs) and (url := _address(section.url_name))
    ]
    here = max((url for _section, url in found if path.startswith(url)), key=len, default="")
    return [Tab(str(section.label), url, None, url == here) for section, url in found]


def _address(url_name: str) -> str:
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""
