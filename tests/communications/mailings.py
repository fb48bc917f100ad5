"""Letters for tests: members with addresses, a letter with words in two languages, and its way through the post."""

from __future__ import annotations

from datetime import datetime, timedelta

from communications.models import Archive, Mailing, MailingVersion, Topic
from communications.services import releasing
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import ContactPoint, Party
from members.scope import Scope
from tests.billing.runs import add_many
from tests.cast import JOINED, Cast

TEXT = {"kind": "text", "text": "<p>Hei {{first_name|jäsen}}, tervetuloa.</p>"}


def members(cast: Cast, count: int, *, unit: str = "a2", domain: str = "posti.example") -> list[Party]:
    """Members of the unit with an e-mail address each."""
    with mutation(actor=None, kind="test"):
        add_many(cast, count, unit=unit)
        found = list(Party.objects.filter(display_name__startswith="Jäsen ").order_by("pk"))
        missing = [party for party in found if not party.contact_points.filter(kind="email").exists()]
        ContactPoint.objects.bulk_create(
            ContactPoint(party=p, kind="email", value=address, key=address, valid_from=JOINED)
            for p in missing
            for address in [f"m{p.pk}@{domain}"]
        )
    return missing


def letter(
    cast: Cast, *, unit: str = "a2", topic: str = "newsletter", by: str = "riitta", **further: object
) -> Mailing:
    """A draft with Finnish and Swedish words."""
    with mutation(actor=None, kind="test"):
        made = Mailing.objects.create(
            unit=cast.units[unit],
            title="Syyskirje",
            topic=Topic.objects.get(code=topic),
            archive=Archive.MEMBERS,
            created_by=cast.users[by],
            **further,
        )
        for language, subject in (("fi", "Syksy tulee, {{first_name|jäsen}}"), ("sv", "Hösten kommer")):
            MailingVersion.objects.create(mailing=made, language=language, subject=subject, blocks=[TEXT])
    return made


def released(mailing: Mailing, cast: Cast, *, by: str = "riitta") -> Mailing:
    """Scheduled, frozen and let go, as time does it."""
    now = clock.now()
    releasing.schedule(mailing=mailing, version=mailing.version, actor=cast.users[by], now=now)
    later(now, timedelta())
    later(now, releasing.REGRET)
    mailing.refresh_from_db()
    return mailing


def later(now: datetime, wait: timedelta) -> None:
    releasing.advance(now=now + wait)


def whole_way(cast: Cast) -> None:
    """Scheduled, taken back, sent, paused, resumed, cancelled."""
    riitta, now = cast.users["riitta"], clock.now()
    mailing = letter(cast, unit="a")
    sent = releasing.schedule(mailing=mailing, version=mailing.version, actor=riitta, now=now)
    back = releasing.take_back(mailing=sent, version=sent.version, actor=riitta)
    released(back, cast)
    for act in (releasing.pause, releasing.resume, releasing.cancel):
        act(mailing=mailing, actor=riitta)


def scope(cast: Cast, by: str = "riitta") -> Scope:
    return Scope.for_user(cast.users[by], on=clock.today())
