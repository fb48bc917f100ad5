"""A letter to the whole federation: counted, frozen, sent to a mail server on this machine with a durable mark for each message."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from django.db import connection
from django.db.models import Max, Min, QuerySet

from communications.models import Delivery, Look, Mailing, MailingVersion, State, Topic
from communications.services import planning, releasing
from communications.services.base_topics import ensure_topics
from communications.services.posting import post
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import ConsentPurpose, Mandate, OrgUnit
from members.scope import Scope
from tests import sink
from tests.benchmarks import Figure, stopwatch

SENDERS, CONNECTIONS = 2, 4
SECONDS = 60
WORDS = "Metsänhoitoyhdistyksen syyskokous pidetään marraskuussa. Tervetuloa kuulemaan, mitä ensi vuonna tehdään. "
SENDER = """
import sys, django
from django.conf import settings
settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(sys.argv[1])
settings.MAIL_RATE = settings.MAIL_RATE_HIGHEST = 1e6
django.setup()
from communications.sending import engine
print(dict(engine.run(seconds=float(sys.argv[2]), connections_used=int(sys.argv[3])).counts))
"""


def measure(persons: int) -> Iterator[Figure]:
    """Sent for a minute, then cancelled: the rate is what counts. A single message is posted each second meanwhile."""
    with mutation(actor=None, kind="benchmark"):
        ensure_topics(Topic.objects, ConsentPurpose.objects)
    mailing, user = _letter()
    with stopwatch() as counted:
        plan = planning.plan(mailing, scope=Scope.for_user(user, on=clock.today()), on=clock.today())
    yield Figure("plan", counted[0], "s", f"{plan.planned} planned, {plan.to_mail} to mail")
    now = clock.now()
    releasing.schedule(mailing=mailing, version=mailing.version, actor=user, now=now)
    with stopwatch() as frozen:
        releasing.advance(now=now)
    rows = Delivery.objects.filter(mailing=mailing)
    yield Figure("freeze", frozen[0], "s", f"{rows.count()} rows")
    releasing.advance(now=now + releasing.REGRET)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE communications_delivery")
    with tempfile.TemporaryDirectory() as folder, sink.running(Path(folder)) as server:
        begun = time.monotonic()
        command = [sys.executable, "-c", SENDER, str(server.port), str(SECONDS), str(CONNECTIONS)]
        senders = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _n in range(SENDERS)]
        waits = _post_meanwhile(begun, rows.filter(state=State.PLANNED))
        for sender in senders:
            sender.wait()
        taken = len(server.taken())
    accepted = rows.filter(state=State.ACCEPTED).count()
    times = rows.filter(state=State.ACCEPTED).aggregate(first=Min("done_at"), last=Max("done_at"))
    seconds = (times["last"] - times["first"]).total_seconds()
    size = f"{SENDERS} senders × {CONNECTIONS} connections, {taken} taken in {seconds:.0f} s, {accepted} marked accepted"
    yield Figure("messages", accepted / seconds, "/s", size)
    waits.sort()
    if waits:
        p95 = waits[min(len(waits) - 1, int(len(waits) * 0.95))]
        yield Figure("single message meanwhile, p95", p95, "s", f"{len(waits)} messages")
    releasing.cancel(mailing=Mailing.objects.get(pk=mailing.pk), actor=user)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM communications_delivery WHERE mailing_id = %s", [mailing.pk])


def _letter() -> tuple[Mailing, User]:
    union = OrgUnit.objects.get(kind_id="central")
    manager = Mandate.objects.filter(unit=union, template__code="register_manager").order_by("pk").first()
    assert manager is not None
    user = User.objects.get(party_login__party=manager.party_id)
    with mutation(actor=user, kind="benchmark"):
        Look.objects.update_or_create(unit=union, defaults={"approval_limit": 10_000_000})
        mailing = Mailing.objects.create(
            unit=union, title="Mittaus", topic=Topic.objects.get(code="newsletter"), created_by=user
        )
        paragraphs = "".join(f"<p>{WORDS * 6}</p>" for _n in range(12))
        blocks = [{"kind": "text", "text": f"<p>{{{{greeting|Hei}}}}</p>{paragraphs}"}]
        for language in ("fi", "sv"):
            MailingVersion.objects.create(
                mailing=mailing, language=language, subject="Syksy, {{first_name|jäsen}}", blocks=blocks
            )
    return mailing, user


def _post_meanwhile(begun: float, waiting: QuerySet[Delivery]) -> list[float]:
    """How long each single message waited until it had been sent, while there was a letter to send."""
    waits: list[float] = []
    while time.monotonic() - begun < SECONDS - 8 and waiting.exists():
        row = post(
            template="members/email/own_email",
            email="mittaus@example.fi",
            language="fi",
            facts={"new": "x"},
            unit_id=None,
            kind="benchmark",
        )
        started = time.monotonic()
        while not Delivery.objects.filter(pk=row.pk, state=State.ACCEPTED).exists():
            if time.monotonic() - started > 10:
                break
            time.sleep(0.02)
        waits.append(time.monotonic() - started)
        time.sleep(1)
    return waits
