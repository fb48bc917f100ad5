"""A round of data checks in association A, and what a payer's form sends, for the tests of checks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from billing.asking import facts_of
from billing.models import CheckRound, DataCheck, DataProposal
from billing.models.checks import Via
from billing.services import answering, deciding, rounds
from billing.services.rounds import Plan
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from members.scope import Scope
from tests.billing import runs
from tests.cast import TODAY, Cast
from tests.post import deliver

BASE = "https://jasenet.example.fi/"
UNTIL = TODAY + timedelta(days=14)


def begun(cast: Cast, *, name: str = "aino", unit: str = "a", **values: Any) -> CheckRound:
    plan = Plan(
        unit=cast.units[unit],
        units=[cast.units[unit].pk],
        title="Vuoden 2026 tiedot",
        year=2026,
        answer_by=UNTIL,
        **values,
    )
    made = rounds.begin(actor=cast.users[name], plan=plan, base=BASE)
    runs.work_off(Job.objects.get(pk=made.job_id))
    deliver()
    made.refresh_from_db()
    return made


def check_of(cast: Cast, name: str = "maija") -> DataCheck:
    return DataCheck.objects.select_related("round__unit", "payer__person").get(payer=cast.parties[name])


def page_of(check: DataCheck, via: str = Via.LINK) -> str:
    return reverse("public:check", args=[rounds.token_of(check, via)])


def sent_form(response: Any, **values: object) -> dict[str, object]:
    form = response.context["form"]
    sent: dict[str, object] = {"act": "correct", "seen": response.context["seal"]}
    for bound in form:
        value = bound.value()
        if hasattr(bound.field.widget, "format_value"):
            value = bound.field.widget.format_value(value)
        if isinstance(value, list):
            value = value[0] if value else ""
        sent[bound.html_name] = value or ""
    return sent | values


def basis_field(response: Any, kind: str) -> str:
    return next(name for name, now in response.context["form"].values.items() if now.kind.pk == kind)


def proposed(client: Client, cast: Cast, value: str = "45") -> DataProposal:
    begun(cast)
    page = client.get(page_of(check_of(cast)))
    client.post(page_of(check_of(cast)), sent_form(page, **{basis_field(page, "forest_ha_south"): value}))
    return DataProposal.objects.get(state="waiting")


def confirm(check: DataCheck, *, via: str = Via.LINK) -> DataCheck:
    seen = facts_of(round=check.round, payer=check.payer, on=TODAY)
    return answering.confirm(check=check, seen=seen, via=via, actor=None, on=TODAY, at=clock.now())


def new_code(check: DataCheck, cast: Cast, name: str = "aino") -> str:
    """The code of a letter that has just been made."""
    codes = rounds.new_codes(actor=cast.users[name], round=check.round, checks=[check], at=clock.now())
    check.refresh_from_db()
    return codes[check.pk]


def accept(cast: Cast, proposal: DataProposal, name: str = "aino") -> DataProposal:
    user = cast.users[name]
    scope = Scope.for_user(user, on=TODAY)
    return deciding.accept(
        actor=user, scope=scope, proposal=proposal, source="jäsen", on=TODAY, at=clock.now()
    )


def work(round: CheckRound) -> Job:
    return runs.work_off(Job.objects.get(pk=round.job_id))
