"""Looking behind the links of a letter before it is sent (COM-1)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from communications.letters import blocks
from communications.letters.fetching import Found
from communications.letters.fetching import look as look_behind
from communications.models import LetterLink, LinkState, Mailing
from jasenpalvelu.accounts.models import User
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import enqueue

LINKS_JOB = "communications.letter_links"
AT_ONCE, MOST = 8, 200


def addresses_of(mailing: Mailing) -> list[str]:
    """Every address of the letter in any language, once."""
    found: dict[str, None] = {}
    for version in mailing.versions.order_by("pk"):
        found |= dict.fromkeys(blocks.links(version.blocks))
    return [address for address in found if len(address) <= 1000][:MOST]


def begin(*, mailing: Mailing, owner: User, title: str) -> Job | None:
    """Start looking; None where the letter has no links. Twice at once it is the same job."""
    if not addresses_of(mailing):
        return None
    return enqueue(
        kind=LINKS_JOB,
        title=title,
        owner=owner,
        unit_id=mailing.unit_id,
        params={"mailing": mailing.pk},
        dedupe_key=str(mailing.pk),
        capability="messages.send",
    )


def found(mailing: Mailing) -> list[LetterLink]:
    """What is known of the links the letter has now."""
    here = set(addresses_of(mailing))
    return [one for one in LetterLink.objects.filter(mailing=mailing).order_by("pk") if one.address in here]


def looking(mailing: Mailing) -> Job | None:
    """The job that looks at them just now."""
    return Job.objects.active().filter(kind=LINKS_JOB, dedupe_key=str(mailing.pk)).order_by("pk").first()


def settle(*, mailing: Mailing) -> int:
    """A row for each address the letter has now, to be looked at anew; those it has no more go. How many."""
    wanted = addresses_of(mailing)
    LetterLink.objects.filter(mailing=mailing).delete()
    LetterLink.objects.bulk_create([LetterLink(mailing=mailing, address=address) for address in wanted])
    return len(wanted)


def look_at_next(*, mailing: Mailing, at: datetime) -> tuple[int, int]:
    """The next few, at once; (how many were looked at, how many do not open)."""
    rows = list(LetterLink.objects.filter(mailing=mailing, state=LinkState.WAITING).order_by("pk")[:AT_ONCE])
    if not rows:
        return 0, 0
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        told: list[Found] = list(pool.map(look_behind, [row.address for row in rows]))
    for row, seen in zip(rows, told, strict=True):
        row.state, row.code, row.checked_at = seen.state, seen.code[:20], at
    LetterLink.objects.bulk_update(rows, ["state", "code", "checked_at"])
    return len(rows), sum(row.state in {LinkState.DEAD, LinkState.PRIVATE} for row in rows)
