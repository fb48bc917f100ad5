"""A round of data checks of association A with a correction that waits, and the joined areas of a couple, for `tests.scenery`."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core import mail

from billing.asking import facts_of
from billing.models import DataCheck
from billing.services import answering, rounds
from billing.services.answering import Correction, NewBasis
from billing.services.rounds import Plan
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from members.models import FeeBasisKind, Holding, HoldingMember, Party
from members.services import areas
from tests.billing import runs
from tests.cast import JOINED, TODAY, Cast


def things(cast: Cast) -> dict[str, Any]:
    a, aino, maija = cast.units["a"], cast.users["aino"], cast.parties["maija"]
    plan = Plan(a, [a.pk], "Jäsenmaksun 2026 tiedot", 2026, TODAY + timedelta(days=14))
    made = rounds.begin(actor=aino, plan=plan, base="https://jasenet.example.fi/")
    runs.work_off(Job.objects.get(pk=made.job_id))
    mail.outbox.clear()
    check = DataCheck.objects.select_related("round", "payer").get(round=made, payer=maija)
    koivula = Holding.objects.get(name="Koivula")
    kind = FeeBasisKind.objects.get(pk="forest_ha_south")
    told = Correction(bases=[NewBasis(koivula, kind, None, Decimal(100), Decimal("98.5"))])
    seen = facts_of(round=made, payer=maija, on=TODAY)
    [proposal] = answering.correct(
        check=check, seen=seen, told=told, via="link", actor=None, on=TODAY, at=clock.now()
    )
    return {
        "check_round* pk": made.pk,
        "check_remind pk": made.pk,
        "check_letters pk": made.pk,
        "check_close pk": made.pk,
        "check_open pk": made.pk,
        "check_revoke pk": made.pk,
        "check_revoke check_pk": check.pk,
        "check pk": check.pk,
        "check_opened pk": check.pk,
        "check token": rounds.token_of(check),
        "check_opened token": rounds.token_of(check),
        "proposal* pk": proposal.pk,
        "household* pk": maija.pk,
        **_areas(cast, koivula),
    }


def _areas(cast: Cast, koivula: Holding) -> dict[str, Any]:
    matti = Party.objects.get(display_name="Metsäpelto Matti")
    with mutation(actor=None, kind="test.scenery"):
        kuusela = Holding.objects.create(name="Kuusela", responsible=matti)
        HoldingMember.objects.create(holding=kuusela, party=matti, role="responsible", valid_from=JOINED)
    joined = areas.join_areas(
        actor=None,
        holding=koivula,
        other=kuusela,
        payer=cast.parties["maija"],
        asked_on=TODAY,
        on=TODAY,
    )
    maija = cast.parties["maija"].pk
    return {
        "areas* pk": maija,
        "areas_join holding_pk": koivula.pk,
        "areas_part areas_pk": joined.pk,
    }
