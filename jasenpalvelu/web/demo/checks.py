"""A round of data checks that goes on: most have not answered yet, some have confirmed, some corrections wait for the office.

No e-mail is sent; the round is as it would be some days after its e-mails.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from billing.asking import Facts, facts_of
from billing.models import CheckRound, DataCheck
from billing.models.checks import Channel, Via
from billing.services import answering, rounds
from billing.services.answering import Correction, NewBasis
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common.clock import HELSINKI
from jasenpalvelu.web.demo.structure import Federation
from members.models.parties import ContactKind

AT_MOST, SHARE = 45, 0.6
BEGUN, LASTS = timedelta(days=5), timedelta(days=14)
WORDS = (
    "Tila on siirtynyt pojalleni. Lasku pitäisi lähettää hänelle.",
    "Emme enää pidä eläimiä.",
    "Metsä myytiin keväällä. Osa jäi vielä meille.",
)


def build(*, federation: Federation, random: Random, on: date) -> CheckRound:
    """Of the first association, which has not billed this year."""
    unit = federation.associations[0].unit
    begun = _moment(on - BEGUN)
    with mutation(actor=None, kind="check.begin", summary=unit.name_fi, unit_id=unit.pk):
        round = CheckRound.objects.create(
            unit=unit,
            title=f"Jäsenmaksun {on.year} tiedot",
            year=on.year,
            units=[unit.pk],
            answer_by=on - BEGUN + LASTS,
        )
        rounds.settle(round=round, among=None, on=begun.date(), at=begun)
        DataCheck.objects.filter(round=round, channel=Channel.EMAIL).update(sent_at=begun)
    rows = DataCheck.objects.filter(round=round, channel=Channel.EMAIL)
    rows = rows.select_related("round__unit", "payer__person", "payer__organisation").order_by("pk")
    answered = min(AT_MOST, int(rows.count() * SHARE))
    for number, check in enumerate(rows[:answered]):
        _answer(check, number, random, on)
    return round


def _answer(check: DataCheck, number: int, random: Random, on: date) -> None:
    at = _moment(on - timedelta(days=random.randint(1, BEGUN.days - 1)))
    seen = facts_of(round=check.round, payer=check.payer, on=at.date())
    if not seen.memberships:
        return
    told = _correction(seen, number, random) if number % 2 else Correction()
    answering.opened(check=check, at=at)
    if told:
        answering.correct(check=check, seen=seen, told=told, via=Via.LINK, actor=None, on=at.date(), at=at)
    elif number % 8:
        answering.confirm(check=check, seen=seen, via=Via.LINK, actor=None, on=at.date(), at=at)


def _correction(seen: Facts, number: int, random: Random) -> Correction:
    """Mostly an area; some say it in words, one has a new address. Who has no area finds nothing to correct."""
    if number == 3:
        now = seen.contacts[ContactKind.EMAIL].value
        return Correction(email=f"{now.partition('@')[0]}@uusi.example")
    if number % 9 == 6:
        return Correction(text=random.choice(WORDS))
    values = [(h, value) for h in seen.holdings for value in h.fee_bases.all() if value.value > 1]
    if not values:
        return Correction()
    holding, value = random.choice(values)
    new = (value.value * Decimal(random.choice(("0.9", "0.97", "1.08")))).quantize(Decimal("0.01"))
    return Correction(bases=[NewBasis(holding, value.kind, value.unit, value.value, new)])


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(10, 20), tzinfo=HELSINKI)
