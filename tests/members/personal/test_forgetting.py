"""What goes by itself each night: replaced contacts, old looks, answered requests; and nothing before its time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.models import AccessLog, Change
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.audit.triggers import ERASE_ACT
from jasenpalvelu.common import clock
from members.models import ContactPoint, DataRequest, RetentionRule
from members.services import data_requests, forgetting, registering, retention
from tests.cast import TODAY, Cast


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def test_a_replaced_address_goes_after_two_years_and_the_present_one_never(cast: Cast) -> None:
    maija = cast.parties["maija"]
    registering.set_contacts(party=maija, on=date(2024, 11, 23), actor=None, email="uusi@example.fi")
    old = ContactPoint.objects.get(party=maija, value="maija@example.fi")
    assert old.valid_to is not None
    over = old.valid_to + timedelta(days=731)
    assert forgetting.forget(on=over - timedelta(days=2)) == 0
    assert forgetting.forget(on=over, chunk=1) == 1
    assert not ContactPoint.objects.filter(pk=old.pk).exists()
    assert ContactPoint.objects.filter(party=maija, value="uusi@example.fi").exists()
    changes = Change.objects.filter(table_name="members_contactpoint", row_id=str(old.pk))
    assert "maija@example.fi" not in str(list(changes.values_list("before", "after")))
    assert forgetting.forget(on=over) == 0


def test_an_answered_request_goes_and_a_waiting_one_stays(cast: Cast) -> None:
    rows = [
        data_requests.file(
            actor=cast.users["maija"], party=cast.parties["maija"], unit=cast.units["a"], kind="correction", text="x",
            channel="portal", received_on=TODAY,
        )
        for _n in range(2)
    ]  # fmt: skip
    data_requests.answer(actor=cast.users["aino"], request=rows[0], state="done", text="", on=TODAY)
    forgetting.forget(on=date(2029, 11, 22))
    assert DataRequest.objects.count() == 2
    forgetting.forget(on=date(2029, 11, 23))
    assert DataRequest.objects.get() == rows[1]


def test_the_log_loses_what_is_old_and_nothing_younger_whoever_asks(cast: Cast) -> None:
    """The database holds on to two years, whatever a rule says."""
    year = timedelta(days=366)
    now = clock.now()
    old, young = (
        AccessLog.objects.create(at=now - n * year, action="view", subject="x", party_id=1) for n in (6, 1)
    )
    forgetting.forget(on=now.date())
    assert list(AccessLog.objects.filter(subject="x")) == [young]
    assert old.pk != young.pk
    for kind in (ERASE_ACT, "test.other"):
        with (
            pytest.raises(DatabaseError),
            transaction.atomic(),
            mutation(actor=None, kind=kind),
            connection.cursor() as cursor,
        ):
            cursor.execute("DELETE FROM audit_accesslog WHERE id = %s", [young.pk])


def test_the_months_are_the_federations(client: Client, cast: Cast) -> None:
    url = reverse("office:retention_months", args=["looks"])
    assert cast.sign_in(Client(), "aino").get(url).status_code == 404
    cast.sign_in(client, "riitta")
    assert url in client.get(reverse("office:retention")).text
    assert "error" in client.post(url, {"months": "12"}).text
    assert client.post(url, {"months": "36"}).status_code == 302
    assert RetentionRule.objects.get().unit is None
    assert client.get(reverse("office:retention_propose", args=["looks"])).status_code == 404
    with pytest.raises(KeyError):
        retention.propose(
            actor=cast.users["riitta"], unit=cast.units["union"], units=[], kind="looks", on=TODAY
        )
