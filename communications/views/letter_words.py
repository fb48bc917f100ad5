"""How the findings of the checks and the reasons of the results are said."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from communications.forms.letter_blocks import KIND_NAMES
from communications.letters import fields
from communications.letters.checking import Finding
from communications.models import Mailing, Reason, State
from communications.views.letters import LANGUAGE_NAMES

_TEXTS = {
    "subject": gettext_lazy("The subject is missing."),
    "shouting": gettext_lazy("The subject shouts: capitals and exclamation marks take the letter to spam."),
    "empty": gettext_lazy("There is nothing to read yet."),
    "field": gettext_lazy("The field %(told)s is not one of ours."),
    "unknown_field": gettext_lazy("The field %(told)s is not one of ours."),
    "fallback": gettext_lazy(
        "The words after the line of the field %(told)s hold a mark that is not allowed."
    ),
    "braces": gettext_lazy("A field is not closed with two braces."),
    "missing": gettext_lazy("Something is not filled in."),
    "long": gettext_lazy("A text is too long."),
    "url": gettext_lazy("The address %(told)s is not a whole one."),
    "alt": gettext_lazy("The picture is not told in words for those who do not see it."),
    "image": gettext_lazy("The picture is missing."),
    "poll": gettext_lazy("The poll is not chosen."),
    "polls": gettext_lazy("A letter holds one poll."),
}


def problem(code: str, told: str = "") -> str:
    """What is wrong with one part, as a sentence."""
    return str(_TEXTS[code]) % {"told": told.strip("{} ")}


def finding(mailing: Mailing, found: Finding) -> dict[str, Any]:
    """The sentence, where it is, and where it is put right."""
    told = found.told.strip("{} ")
    if found.code == "size":
        text = _(
            "The letter is %(kb)s kB. Gmail cuts one that is over 102 kB, and the link to stop letters with it."
        ) % {"kb": told}
    elif found.code == "language":
        n = int(found.told)
        text = ngettext(
            "%(n)s recipient has chosen %(language)s, and the letter is not in it. They get it in another language.",
            "%(n)s recipients have chosen %(language)s, and the letter is not in it. They get it in another language.",
            n,
        ) % {"n": n, "language": LANGUAGE_NAMES.get(found.language, found.language)}
    elif found.code == "lacking":
        text = _lacking(int(found.told), found.field)
    else:
        text = problem(found.code, told)
    where = [str(KIND_NAMES[found.kind])] if found.kind else []
    if found.language and found.code != "language":
        where.append(str(LANGUAGE_NAMES[found.language]))
    return {
        "text": text,
        "example": f"{{{{{found.field}|{_('member')}}}}}" if found.code == "lacking" else "",
        "where": ", ".join(where),
        "url": _place(mailing, found),
        "stops": found.stops,
    }


def _lacking(n: int, code: str) -> str:
    return ngettext(
        "%(n)s recipient has no %(field)s, and nothing stands in its place. Write what does:",
        "%(n)s recipients have no %(field)s, and nothing stands in its place. Write what does:",
        n,
    ) % {"n": n, "field": fields.BY_CODE[code].label}


def _place(mailing: Mailing, found: Finding) -> str:
    if not found.language or found.code == "language":
        return reverse("office:message", args=[mailing.pk])
    url = reverse("office:message_edit", args=[mailing.pk, found.language])
    return f"{url}?osa={found.block}#osa-{found.block}" if found.block else url


ADVICE = {
    Reason.NO_ADDRESS: gettext_lazy("Ask for an e-mail address, or send the next letter on paper."),
    Reason.REFUSED: gettext_lazy("Nothing: it is the member's own choice."),
    Reason.NO_CONSENT: gettext_lazy("Nothing: marketing is sent only to those who have consented."),
    Reason.OBJECTS: gettext_lazy("Nothing: the member has objected."),
    Reason.ADDRESS_STOPPED: gettext_lazy("Ask for a new address: letters to this one come back."),
    Reason.SAME_ADDRESS: gettext_lazy("Nothing: another member of the same address got it."),
    Reason.DECEASED: gettext_lazy("Nothing."),
    Reason.NO_LANGUAGE: gettext_lazy("Write the letter in this language too."),
    Reason.BAD_ADDRESS: gettext_lazy("Correct the address in the member's details."),
    Reason.REFUSED_BY_SERVER: gettext_lazy("Check the address. If it is right, try again."),
    Reason.GAVE_UP: gettext_lazy("Try again: the receiving server did not answer in time."),
    Reason.CANCELLED: gettext_lazy("Nothing: sending was cancelled."),
    Reason.BOUNCED: gettext_lazy("Check the address with the member."),
}
UNCERTAIN_ADVICE = gettext_lazy(
    "It left, and the receiving server never said whether it took it. Try again, or leave it."
)
GROUP_NAMES = {
    "accepted": gettext_lazy("Taken by the receiving server"),
    "rejected": gettext_lazy("Refused by the receiving server"),
    "suppressed": gettext_lazy("Not sent, with a reason"),
    "uncertain": gettext_lazy("Not known whether it arrived"),
    "waiting": gettext_lazy("Still waiting"),
    "cancelled": gettext_lazy("Cancelled"),
}


# Where paper was chosen, whoever has no e-mail lacks what paper needs too.
_NOR_PAPER = (Reason.NO_ADDRESS, Reason.BAD_ADDRESS, Reason.ADDRESS_STOPPED)


def reason(code: str, state: int, *, paper: bool = False) -> str:
    if state == State.UNCERTAIN:
        return str(State.UNCERTAIN.label)
    if paper and code in _NOR_PAPER:
        return _("%(reason)s, and no postal address") % {"reason": Reason(code).label}
    return str(Reason(code).label) if code in Reason.values and code else str(State(state).label)


def advice(code: str, state: int, *, paper: bool = False) -> str:
    if state == State.UNCERTAIN:
        return str(UNCERTAIN_ADVICE)
    if paper and code in _NOR_PAPER:
        return _("Ask for an e-mail address or a postal address.")
    return str(ADVICE[Reason(code)]) if code in Reason.values and Reason(code) in ADVICE else ""
