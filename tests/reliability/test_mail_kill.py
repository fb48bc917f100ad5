"""Senders killed while a letter leaves: nobody gets it twice, nobody is lost without being told, few are in doubt."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from communications.models import Delivery, Mailing, State
from communications.sending import recovering
from communications.services import summing
from communications.services.posting import post
from jasenpalvelu.common import clock
from tests import sink
from tests.cast import Cast
from tests.communications import mailings
from tests.reliability.test_run_kill import kill

pytestmark = [pytest.mark.reliability, pytest.mark.django_db(transaction=True)]
KILLS, CONNECTIONS, MEMBERS = 20, 4, 1600

SENDER = """
import sys
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(sys.argv[2])
settings.MAIL_RATE = settings.MAIL_RATE_HIGHEST = 100000.0
django.setup()
from communications.sending import engine
engine.run(seconds=60, connections_used=int(sys.argv[3]))
"""


@pytest.fixture
def mailing(cast: Cast) -> Mailing:
    mailings.members(cast, MEMBERS)
    return mailings.released(mailings.letter(cast), cast)


def start(port: int) -> subprocess.Popen:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    arguments = [connection.settings_dict["NAME"], str(port), str(CONNECTIONS)]
    return subprocess.Popen([sys.executable, "-c", SENDER, *arguments], env=environment)


def leases_run_out() -> None:
    """As two minutes later: the dead hold nothing any more, and what is put off is due."""
    past = clock.now() - timedelta(minutes=5)
    Delivery.objects.filter(leased_until__isnull=False).update(leased_until=past)
    recovering.recover()
    Delivery.objects.filter(state=State.DEFERRED).update(next_at=past)


def send_through_kills(folder: Path, planned: int, kills: int) -> list[tuple[str, str, str]]:
    """What the sink took while senders were killed again and again, and one was left alone at the end."""
    with sink.running(folder) as server:
        for n in range(kills):
            wanted = (n + 1) * planned // (kills + 2)
            process = start(server.port)
            deadline = time.monotonic() + 60
            while len(server.taken()) < wanted and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
            kill(process)
            leases_run_out()
        for _last in range(2):
            start(server.port).wait(timeout=120)
            leases_run_out()
        return list(server.taken())


def test_single_messages_are_never_lost_and_come_again_with_their_own_id_only(
    cast: Cast, tmp_path: Path
) -> None:
    """About a matter of one's own a message in doubt goes again: at most one of each connection and kill, by the same Message-ID."""
    kills, messages = 5, 150
    for n in range(messages):
        post(
            template="members/email/own_email",
            email=f"yksi{n}@posti.example",
            language="fi",
            facts={"new": "x"},
            unit_id=None,
            kind="test",
        )
    taken = send_through_kills(tmp_path / "sink", messages, kills)
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.ACCEPTED}
    assert {to for to, _message, _from in taken} == {f"yksi{n}@posti.example" for n in range(messages)}
    ids = {(to, message) for to, message, _from in taken}
    assert len(ids) == messages, "a second one has the id of the first"
    assert len(taken) - messages <= kills * CONNECTIONS


def test_twenty_kills_double_nothing_and_lose_nothing_untold(mailing: Mailing, tmp_path: Path) -> None:
    planned = Delivery.objects.filter(mailing=mailing, state=State.PLANNED).count()
    taken = send_through_kills(tmp_path / "sink", planned, KILLS)
    rows = Delivery.objects.filter(mailing=mailing)
    by_state = Counter(State(state).name for state in rows.values_list("state", flat=True))
    times = Counter(message for _to, message, _from in taken)
    assert max(times.values()) == 1
    accepted = set(rows.filter(state=State.ACCEPTED).values_list("address", flat=True))
    doubtful = set(rows.filter(state=State.UNCERTAIN).values_list("address", flat=True))
    got = {to for to, _message, _from in taken}
    assert accepted <= got
    assert got - accepted <= doubtful
    assert by_state["UNCERTAIN"] <= KILLS * CONNECTIONS
    assert accepted | doubtful >= set(rows.filter(reason="").values_list("address", flat=True))
    figures = summing.figures(mailing)
    assert figures.planned == figures.accepted + figures.uncertain + figures.suppressed
