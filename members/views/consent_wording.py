"""Words of consents: what was said, on what ground, why a yes cannot be taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jasenpalvelu.common.dates import format_date
from members.models import ConsentEvent, ConsentPurpose, ConsentText, OrgUnit
from members.models.consents import ConsentChannel, Ground


@dataclass(frozen=True)
class Line:
    """One thing said: title, chip and where it was said, with the version that was shown."""

    event: ConsentEvent
    title: str
    chip: tuple[str, str]
    source: str
    version: str


def story(events: Iterable[ConsentEvent]) -> list[Line]:
    return [
        Line(
            event,
            f"{event.purpose}, {event.get_channel_display()}",
            chip(event.purpose, given=event.given),
            str(event.get_source_display()),
            _("version %(n)s") % {"n": event.text.number} if event.text else "",
        )
        for event in events
    ]


def chip(purpose: ConsentPurpose, *, given: bool) -> tuple[str, str]:
    """Kind and text."""
    if purpose.needs_consent:
        return ("done", _("Allowed")) if given else ("plain", _("Not allowed"))
    return ("done", _("Is sent")) if given else ("plain", _("Forbidden"))


def ground(purpose: ConsentPurpose) -> str:
    """On what the use stands, in a sentence."""
    if purpose.ground == Ground.CONSENT:
        return _("Only with consent, which can be taken back at any time (GDPR articles 6(1)(a) and 7).")
    return _("Belongs to what members expect; everybody may forbid it (GDPR articles 6(1)(f) and 21).")


def channels(purpose: ConsentPurpose) -> str:
    return ", ".join(str(ConsentChannel(channel).label) for channel in purpose.channels)


def version_chip(text: ConsentText, shown: ConsentText | None, on: date) -> tuple[str, str]:
    if text.taken_back_on is not None:
        return "plain", _("Taken back")
    if text.valid_from > on:
        return "info", _("In use from %(day)s") % {"day": format_date(text.valid_from)}
    if shown is not None and text.pk == shown.pk:
        return "done", _("In use")
    return "plain", _("Earlier version")


def saved(new: list[ConsentEvent], unit: OrgUnit) -> str:
    if not new:
        return _("Nothing was changed.")
    n = len(new)
    return ngettext("%(n)s choice was saved: %(unit)s", "%(n)s choices were saved: %(unit)s", n) % {"n": n, "unit": unit}  # fmt: skip


def error(code: str) -> str:
    return {
        "text": _("The words have changed while the page was open. Read them and choose again."),
        "unwritten": _(
            "On that day the association did not ask for this yet, so nobody can have said yes to it. Check the day."
        ),
        "channel": _("That cannot be chosen any more. Look at the page again."),
        "guardian": _(
            "A child under 13 needs the consent of a guardian. Ask the guardian to tell the association. You can take consents back yourself."
        ),
        "note": _("Tell how the person told it: it is the proof of the consent."),
        "order": _("A version must not begin before the one it follows."),
        "past": _("A version cannot begin in the past."),
        "begun": _("The version is in use already. Write a new one."),
    }[code]
