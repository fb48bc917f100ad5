"""How long what was said is remembered: constants within the law, one for each class of the contact log (COM-3).

GDPR article 5(1)(e): no longer than its purpose needs. *Routine* mail (newsletters, announcements, invitations) answers "did I get it" for
two years. *Said*: conversations, calls, visits and agreements may found a claim, which expires in three years (Act on the Limitation of Debts
728/2003, section 4). *Statutory* notices (calls to meetings, invoices, decisions on a membership) prove that a duty was done, for the six years
that the vouchers beside them are kept (Accounting Act 1336/1997, chapter 2, section 10).
"""

from __future__ import annotations

from datetime import datetime

from dateutil.relativedelta import relativedelta

ROUTINE, SAID, STATUTORY = "routine", "said", "statutory"
YEARS = {ROUTINE: 2, SAID: 3, STATUTORY: 6}
LONGEST = max(YEARS.values())
# Beginnings of kinds ("talks.reply") that are not routine when the sender does not say.
_BY_KIND = (
    (("talks.", "note.", "campaign.call"), SAID),
    (("billing.", "members.", "meeting.", "letter.statutory"), STATUTORY),
)


def keep_of(kind: str) -> str:
    """The class of a kind whose sender has not said it."""
    return next((keep for starts, keep in _BY_KIND if kind.startswith(starts)), ROUTINE)


def kept_since(keep: str, now: datetime) -> datetime:
    """What is older than this is forgotten."""
    return now - relativedelta(years=YEARS[keep])
