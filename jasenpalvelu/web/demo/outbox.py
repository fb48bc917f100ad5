"""What mail servers have said, who has refused letters, and the settings of letters and text messages, of the first association."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from communications.models import Channel, Delivery, PreferenceSource, Topic
from communications.models.deliveries import State
from communications.services import arranging_letters, bouncing, wishing
from jasenpalvelu.accounts.models import User
from jasenpalvelu.common import clock
from jasenpalvelu.web.demo.structure import Federation
from members.models import ContactPoint, Membership, OrgUnit, Party
from members.models.parties import ContactKind

REFUSALS = (
    ("5.1.1", "User unknown in virtual mailbox table"),
    ("5.1.10", "RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"),
    ("5.2.1", "The email account that you tried to reach is disabled"),
    ("4.2.2", "Mailbox full"),
)
REFUSERS = 6


def build(*, federation: Federation, on: date) -> None:
    """Nothing without the logins of the demo."""
    secretary = User.objects.filter(email__startswith="sihteeri@").first()
    if secretary is None:
        return
    own = federation.associations[0].unit
    members = _members(own, on)
    _settings(own, secretary, on)
    for party, (code, said) in zip(members, REFUSALS, strict=False):
        bouncing.take_refusal(address=_email(party), code=code, said=said)
    newsletter = Topic.objects.get(code="newsletter")
    for n, party in enumerate(members[len(REFUSALS) : len(REFUSALS) + REFUSERS]):
        day = on - timedelta(days=9 * n + 2)
        wishing.refuse(
            party=party,
            topics=[newsletter],
            channel=Channel.EMAIL,
            source=PreferenceSource.ONE_CLICK if n % 2 else PreferenceSource.PORTAL,
            at=datetime.combine(day, time(18, 20), clock.HELSINKI),
            on=day,
        )
    _doubt(own)


def _members(own: OrgUnit, on: date) -> list[Party]:
    """Those with e-mail, the latest first."""
    with_mail = ContactPoint.objects.filter(kind=ContactKind.EMAIL, valid_to=None).values("party")
    rows = Membership.objects.in_force(on).filter(unit=own, party__kind="person", party__in=with_mail)
    rows = rows.filter(party__logins=None).select_related("party").order_by("-pk")
    return [row.party for row in rows[: len(REFUSALS) + REFUSERS]]


def _email(party: Party) -> str:
    return (
        ContactPoint.objects.filter(party=party, kind=ContactKind.EMAIL, valid_to=None).order_by("pk")[0].key
    )


def _settings(own: OrgUnit, secretary: User, on: date) -> None:
    words = {
        "name_fi": "Naapuriapu ja talkoot",
        "name_sv": "Grannhjälp och talko",
        "name_en": "Help among neighbours",
        "description_fi": "Kuka tarvitsee apua ja milloin ollaan talkoissa.",
        "description_sv": "Vem som behöver hjälp och när det är talko.",
        "description_en": "",
        "klass": "member",
        "purpose": None,
    }
    arranging_letters.keep_topic(actor=secretary, unit=own, values=words)
    sender = arranging_letters.ask_sender(actor=secretary, unit=own, text="Yhdistys")
    arranging_letters.authorise_sender(
        actor=secretary, sender=sender, day=on - timedelta(days=40), reference="TRAFICOM/1234/2026", on=on
    )
    arranging_letters.ask_sender(actor=secretary, unit=own, text="Talkoot")


def _doubt(own: OrgUnit) -> None:
    """Of what has been written to the outbox so far, one is left in doubt."""
    first = Delivery.objects.filter(unit=own, mailing=None, state=State.PLANNED).order_by("pk").first()
    if first is not None:
        Delivery.objects.filter(pk=first.pk).update(state=State.UNCERTAIN, done_at=clock.now())
