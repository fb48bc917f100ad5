"""Acts of a member's history that are told as a whole, because their rows tell only what was moved or taken out."""

from __future__ import annotations

from django.utils.translation import gettext as _

from jasenpalvelu.audit.history import Act
from jasenpalvelu.audit.triggers import ERASE_ACT


def lines(act: Act) -> list[str]:
    """The act in one line; nothing when it is told by its rows."""
    texts = {
        "party.merge": _("Two entries of the member were joined: %(summary)s"),
        "party.unmerge": _("The joining of two entries was undone: %(summary)s"),
        "request.file": _("A request about the member's data came"),
        "request.extend": _("More time was taken to answer a request about the member's data"),
        "request.answer": _("A request about the member's data was answered"),
        "request.reopen": _("The answer to a request about the member's data was taken back"),
        "request.withdraw": _("The member took back a request about their data"),
        "retention.propose": _(
            "The member's data was proposed to be erased: the time to keep it had run out"
        ),
        "retention.spare": _("The member was taken out of a proposal to erase"),
        "retention.unspare": _("The member was put back into a proposal to erase"),
        "retention.carry_out": _("The turn of the member came in an erasure by the rules"),
        ERASE_ACT: _("The member's data was erased"),
    }
    text = texts.get(act.mutation.kind)
    return [text % {"summary": act.mutation.summary}] if text else []
