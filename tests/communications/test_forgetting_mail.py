"""Deliveries go after their time, what was sent is still known; an invoice comes along as a file."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing import attachments
from communications.models import Channel, Delivery, State
from communications.sending import attaching
from communications.services import forgetting_mail, releasing, summing
from communications.services.posting import post
from jasenpalvelu.common import clock
from tests.cast import TODAY, Cast
from tests.communications import mailings
from tests.post import deliver
from tests.scenery import build

pytestmark = pytest.mark.django_db


def test_figures_stay_when_the_deliveries_go(cast: Cast) -> None:
    mailings.members(cast, 3)
    mailing = mailings.released(mailings.letter(cast), cast)
    Delivery.objects.filter(mailing=mailing, state=State.PLANNED).update(
        state=State.ACCEPTED, done_at=clock.now()
    )
    releasing.advance(now=clock.now())
    before = summing.figures(mailing)
    assert forgetting_mail.forget(now=clock.now() + timedelta(days=399)) == 0
    assert forgetting_mail.forget(now=clock.now() + timedelta(days=401)) == before.planned
    mailing.refresh_from_db()
    assert not Delivery.objects.filter(mailing=mailing).exists()
    assert summing.figures(mailing) == before
    assert before.accepted >= 3


def test_paper_nobody_printed_is_given_up_and_the_figures_are_kept_once(cast: Cast) -> None:
    mailings.members(cast, 3)
    mailing = mailings.released(mailings.letter(cast), cast)
    rows = Delivery.objects.filter(mailing=mailing, state=State.PLANNED)
    paper = rows.first()
    assert paper is not None
    rows.exclude(pk=paper.pk).update(state=State.ACCEPTED, done_at=clock.now())
    rows.filter(pk=paper.pk).update(channel=Channel.LETTER, created_at=clock.now() + timedelta(days=300))
    releasing.advance(now=clock.now())
    before = summing.figures(mailing)
    assert before.to_print == 1
    for days in (401, 402, 800):
        forgetting_mail.forget(now=clock.now() + timedelta(days=days))
        mailing.refresh_from_db()
        after = summing.figures(mailing)
        assert (after.planned, after.accepted, after.cancelled) == (before.planned, before.accepted, 1)
    assert not Delivery.objects.filter(mailing=mailing).exists()


def test_what_is_still_under_way_is_not_forgotten(cast: Cast) -> None:
    mailings.members(cast, 2)
    mailing = mailings.released(mailings.letter(cast), cast)
    waiting = Delivery.objects.filter(mailing=mailing, state=State.PLANNED).count()
    forgetting_mail.forget(now=clock.now() + timedelta(days=401))
    assert Delivery.objects.filter(mailing=mailing).count() == waiting > 0


def test_an_invoice_comes_along_by_reference(cast: Cast) -> None:
    with clock.frozen(TODAY):
        pk = build(cast).things["invoice* pk"]
    post(
        template="members/email/own_email",
        email="maksaja@example.fi",
        language="fi",
        facts={"new": "x"},
        unit_id=None,
        kind="billing.invoice",
        attachment={"name": "billing.invoice", "id": pk},
    )
    [mail] = [mail for mail in deliver() if mail.attachments]
    [(name, content, kind)] = mail.attachments
    assert (kind, content[:5]) == ("application/pdf", b"%PDF-")
    assert name.startswith("lasku-")


def test_a_file_that_is_gone_stops_its_message_and_no_other() -> None:
    assert attachments.invoice(999_999) is None
    with pytest.raises(attaching.Missing):
        attaching.attachments({"name": "billing.invoice", "id": 999_999})
    row = post(
        template="members/email/own_email", email="a@example.fi", language="fi", facts={"new": "x"}, unit_id=None,
        kind="x", attachment={"name": "unknown", "id": 1},
    )  # fmt: skip
    assert deliver() == []
    row.refresh_from_db()
    assert row.state == State.CANCELLED
