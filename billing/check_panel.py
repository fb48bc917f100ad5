"""What data checks add to the register's pages: whether the data have been confirmed, and the words of a member's history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from billing.models import DataCheck
from billing.models.checks import ProposalState
from members import panels

if TYPE_CHECKING:
    from jasenpalvelu.audit.models import Change


@panels.register("data_check", order=15, column="side", classes="C")
def data_check(asked: panels.Asked) -> panels.Panel | None:
    """The newest check of the party as a payer; none for somebody who has never been asked."""
    rows = DataCheck.objects.filter(payer=asked.party).select_related("round")
    waiting = Count("proposals", filter=Q(proposals__state=ProposalState.WAITING))
    check = rows.annotate(waiting=waiting).order_by("-pk").first()
    if check is None:
        return None
    return panels.Panel(
        title=_("Check of the data"),
        template="office/billing/_check.html",
        context={"check": check, "waiting": check.waiting},
    )


@panels.describes("billing_datacheck", classes="A")
def check_words(change: Change) -> str:
    after = change.after or {}
    if after.get("answer") == "confirmed":
        return _("The data of the fee were confirmed")
    if after.get("answer") == "corrected":
        return _("The data of the fee were corrected")
    if after.get("reminded_at"):
        return _("Reminded of the check of the data")
    if after.get("sent_at"):
        return _("Asked to check the data of the fee")
    return _("The link to the check of the data was made void") if "sent_at" in after else ""


@panels.describes("billing_dataproposal", classes="C")
def proposal_words(change: Change) -> str:
    after = change.after or {}
    if change.op == "I":
        return _("A correction to the data of the fee was proposed")
    texts = {
        ProposalState.ACCEPTED: _("A proposed correction was accepted"),
        ProposalState.REFUSED: _("A proposed correction was refused"),
    }
    return texts.get(after.get("state", ""), "")
