"""The e-mail with the link of a data check: what it holds is read when it leaves, so a link made void meanwhile is not sent."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from billing.models import CheckRound, DataCheck
from billing.services import rounds
from communications.services.posting import Facts, loader, post
from jasenpalvelu.common import clock

TEMPLATE, KIND = "billing/email/check", "billing.check"


def post_link(*, check: DataCheck, round: CheckRound, email: str, base: str, reminding: bool) -> None:
    """In the caller's transaction. Raises ValueError for an address that is none."""
    payer = check.payer
    post(
        template=TEMPLATE,
        email=email,
        language=payer.language,
        facts={"check": check.pk, "version": check.version, "reminding": reminding, "base": base},
        unit_id=round.unit_id,
        party_id=payer.pk,
        name=payer.person.full_name if payer.is_person else payer.display_name,
        kind=KIND,
        reply_to=round.unit.email,
        reference=reference_of(check.pk),
    )


def reference_of(pk: int) -> str:
    return f"check:{pk}"


@loader(TEMPLATE)
def _facts(facts: Facts, language: str) -> dict[str, Any] | None:
    """None when the link has been made void, or the round is over."""
    rows = DataCheck.objects.select_related("round__unit", "payer__person", "payer__organisation")
    check = rows.filter(pk=facts["check"], version=facts["version"]).first()
    if check is None or not check.round.is_open(clock.today()):
        return None
    payer, unit = check.payer, check.round.unit
    return {
        "name": payer.person.full_name if payer.is_person else payer.display_name,
        "unit": unit.name_in(language),
        "year": check.round.year,
        "link": facts["base"].rstrip("/") + reverse("public:check", args=[rounds.token_of(check)]),
        "until": check.round.answer_by,
        "contact": unit.email or unit.phone,
    }
