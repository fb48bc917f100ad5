"""Acts of a member's history that are told as a whole, because their rows tell only what was moved or taken out."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from jasenpalvelu.audit.history import Act
from jasenpalvelu.audit.triggers import ERASE_ACT

# Told to readers of the association that sent the move: of the other one's memberships they see nothing else.
_SENDERS = {"membership.transfer_ask", "membership.transfer_withdraw"}


def lines(act: Act, reached: Collection[int]) -> list[str]:
    """The act in one line; nothing when it is told by its rows. `reached`: the associations the reader sees."""
    if act.mutation.kind in _SENDERS and act.mutation.unit_id not in reached:
        return []
    texts = {
        "party.merge": _("Two entries of the member were joined: %(summary)s"),
        "party.unmerge": _("The joining of two entries was undone: %(summary)s"),
        "membership.transfer_ask": _("A move was sent to a board: %(summary)s"),
        "membership.transfer_withdraw": _("A move that waited for a board was cancelled: %(summary)s"),
        "request.file": _("A request about the member's data came"),
        "request.extend": _("More time was taken to answer a request about the member's data"),
        "request.answer": _("A request about the member's data was answered"),
        "request.reopen": _("The answer to a request about the member's data was taken back"),
        "request.tell": _("It was written down that the answer to a request was told to the member"),
        "request.untell": _("The note that the answer to a request was told was taken back"),
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
