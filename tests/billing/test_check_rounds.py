"""Rounds of data checks: whom they ask, the mails and the letters, reminders, and who sees them (REG-16)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from billing.models import CheckRound, DataCheck
from billing.services import rounds
from billing.services.rounds import Plan, RoundError
from communications.models import Delivery, State
from communications.sending.smtp import Unreachable
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import running
from members.models import ContactPoint, Membership, RoleGrant, RoleTemplate, UnitClosure
from members.services import households, registering
from tests import mailserver
from tests.billing import runs
from tests.billing.checks import BASE, UNTIL, begun, check_of, confirm, proposed, work
from tests.cast import TODAY, Cast
from tests.mailserver import MailServer
from tests.members.helpers import appoint
from tests.paper import text_of
from tests.post import deliver

pytestmark = pytest.mark.usefixtures("asked")


def test_each_payer_gets_one_mail_with_a_link_of_their_own(cast: Cast) -> None:
    begun(cast)
    assert {m.to[0] for m in mail.outbox} == {"maija@example.fi", "siiri@example.fi"}
    links = [re.search(rf"{BASE}tarkista/(\S+)/", m.body).group(1) for m in mail.outbox]  # type: ignore[union-attr]
    assert len(set(links)) == 2
    assert all(rounds.by_token(link, TODAY) for link in links)
    assert {c.payer_id for c in DataCheck.objects.filter(channel="letter")} == {cast.parties["estate"].pk}


def test_the_mail_tells_nothing_of_the_data(cast: Cast) -> None:
    begun(cast)
    text = "".join(m.subject + m.body for m in mail.outbox)
    assert not any(word in text for word in ("Koivula", "Koivulantie", "ha", "Osoite") if word != "ha")
    assert "100,00" not in text


def test_a_job_worked_off_twice_sends_nothing_twice(cast: Cast) -> None:
    made = begun(cast)
    mail.outbox.clear()
    with mutation(actor=None, kind="test.again"):
        again = rounds._with_job(made, cast.users["aino"], BASE, remind=False)
    runs.work_off(Job.objects.get(pk=again.job_id))
    assert mail.outbox == []


def test_types_narrow_whom_is_asked(cast: Cast) -> None:
    begun(cast, types=["personal"])
    assert [c.payer_id for c in DataCheck.objects.order_by("pk")] == [cast.parties["siiri"].pk]


def test_nobody_of_a_type_is_nobody(cast: Cast) -> None:
    begun(cast, types=["honorary"])
    assert not DataCheck.objects.exists()


def test_whoever_pays_for_another_is_asked_and_not_the_other(cast: Cast) -> None:
    households.add_link(
        actor=None,
        party=cast.parties["siiri"],
        other=cast.parties["maija"],
        kind="payer",
        on=date(2026, 1, 1),
    )
    begun(cast)
    assert {c.payer_id for c in DataCheck.objects.order_by("pk")} == {
        cast.parties["maija"].pk,
        cast.parties["estate"].pk,
    }


def test_rights_lost_meanwhile_stop_the_sending(cast: Cast) -> None:
    plan = Plan(cast.units["a"], [cast.units["a"].pk], "Tiedot", 2026, UNTIL)
    made = rounds.begin(actor=cast.users["aino"], plan=plan, base=BASE)
    with mutation(actor=None, kind="test.end"):
        cast.parties["aino"].mandates.update(valid_to=TODAY - timedelta(days=1))
    job = Job.objects.get(pk=made.job_id)
    running.run(job_id=job.pk, seconds=60)
    job.refresh_from_db()
    assert job.state == "failed"
    assert mail.outbox == []


def reminded(cast: Cast, round: CheckRound, *, after: timedelta = timedelta(days=2)) -> CheckRound:
    at = clock.now() + after
    with clock.frozen(at):
        made = rounds.remind(actor=cast.users["aino"], round=round, base=BASE, on=at.date(), at=at)
        work(made)
        deliver()
    return made


def test_reminders_go_to_the_silent_only(cast: Cast) -> None:
    made = begun(cast)
    confirm(check_of(cast))
    mail.outbox.clear()
    reminded(cast, made)
    assert [m.to[0] for m in mail.outbox] == ["siiri@example.fi"]


def test_nobody_is_reminded_twice_a_day(cast: Cast) -> None:
    made = begun(cast)
    with pytest.raises(RoundError, match="nobody"):
        reminded(cast, made, after=timedelta(hours=3))
    reminded(cast, made)
    with pytest.raises(RoundError, match="nobody"):
        reminded(cast, made, after=timedelta(days=2, hours=20))
    mail.outbox.clear()
    reminded(cast, made, after=timedelta(days=4))
    assert len(mail.outbox) == 2


def test_whose_link_was_made_void_gets_a_new_one_at_once(cast: Cast) -> None:
    made = begun(cast)
    rounds.revoke(actor=cast.users["aino"], check=check_of(cast))
    mail.outbox.clear()
    reminded(cast, made, after=timedelta(hours=1))
    assert [m.to[0] for m in mail.outbox] == ["maija@example.fi"]


def test_nobody_is_reminded_while_the_links_are_being_sent(client: Client, cast: Cast) -> None:
    plan = Plan(cast.units["a"], [cast.units["a"].pk], "Tiedot", 2026, UNTIL)
    made = rounds.begin(actor=cast.users["aino"], plan=plan, base=BASE)
    job = Job.objects.get(pk=made.job_id)
    running.run(job_id=job.pk, seconds=0)
    made.refresh_from_db()
    assert made.opened_at
    with pytest.raises(RoundError, match="running"):
        rounds.remind(actor=cast.users["aino"], round=made, base=BASE, on=TODAY, at=clock.now())
    cast.sign_in(client, "aino")
    page = client.post(reverse("office:check_remind", args=[made.pk]), follow=True)
    assert "lähetetään parhaillaan" in page.content.decode()
    assert Job.objects.filter(kind=rounds.SEND_JOB).count() == 1


# --- what the mail server says ----------------------------------------------------------------------------------------
@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    with mailserver.running() as found:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", found.port
        yield found


def test_a_refused_address_gets_a_letter_and_stops_nobody_else(server: MailServer, cast: Cast) -> None:
    server.refuses["maija@example.fi"] = "550 5.1.1 no such user"
    made = begun(cast)
    assert server.recipients == ["siiri@example.fi"]
    check = check_of(cast)
    assert (check.channel, check.sent_at) == ("letter", None)
    assert Job.objects.get(pk=made.job_id).state == "done"


def test_an_address_refused_for_now_is_tried_again_by_itself(server: MailServer, cast: Cast) -> None:
    server.refuses["maija@example.fi"] = "451 4.7.1 come again"
    begun(cast)
    assert check_of(cast).channel == "email"
    server.refuses.clear()
    Delivery.objects.filter(state=State.DEFERRED).update(next_at=clock.now() - timedelta(days=1))
    deliver()
    assert server.recipients == ["siiri@example.fi", "maija@example.fi"]


def test_a_link_made_void_before_it_leaves_is_not_sent(server: MailServer, cast: Cast) -> None:
    plan = Plan(cast.units["a"], [cast.units["a"].pk], "Tiedot", 2026, UNTIL)
    made = rounds.begin(actor=cast.users["aino"], plan=plan, base=BASE)
    runs.work_off(Job.objects.get(pk=made.job_id))
    rounds.revoke(actor=cast.users["aino"], check=check_of(cast))
    deliver()
    assert server.recipients == ["siiri@example.fi"]


def test_an_address_that_is_none_stops_nobody_else(server: MailServer, cast: Cast) -> None:
    with mutation(actor=None, kind="test.address"):
        ContactPoint.objects.filter(value="maija@example.fi").update(value="maija@exa mple\n.fi")
    begun(cast)
    assert server.recipients == ["siiri@example.fi"]
    assert check_of(cast).channel == "letter"


def test_a_server_that_does_not_answer_stops_the_sending_and_loses_nothing(
    server: MailServer, settings: Any, cast: Cast
) -> None:
    plan = Plan(cast.units["a"], [cast.units["a"].pk], "Tiedot", 2026, UNTIL)
    made = rounds.begin(actor=cast.users["aino"], plan=plan, base=BASE)
    settings.EMAIL_PORT = 1
    runs.work_off(Job.objects.get(pk=made.job_id))
    with pytest.raises(Unreachable):
        deliver()
    assert {row.state for row in Delivery.objects.order_by("pk")} == {State.PLANNED}
    settings.EMAIL_PORT = server.port
    deliver()
    assert server.recipients == ["maija@example.fi", "siiri@example.fi"]


# --- in the office ----------------------------------------------------------------------------------------------------
def sent_round(client: Client, **values: object) -> dict[str, object]:
    page = client.get(reverse("office:check_new"))
    token = page.context["form"]["token"].value()
    assert token in page.content.decode()
    return {"title": "Tiedot", "year": "2026", "answer_by": f"{UNTIL:%d.%m.%Y}", "token": token} | values


def test_a_round_is_begun_in_the_office_and_followed_in_numbers(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    response = client.post(reverse("office:check_new"), sent_round(client))
    made = CheckRound.objects.get()
    assert response["Location"] == reverse("office:check_round", args=[made.pk])
    work(made)
    page = client.get(response["Location"])
    assert page.context["numbers"]["asked"] == 3
    assert page.context["numbers"]["sent"] == 2


def test_a_form_sent_twice_makes_one_round(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    form = sent_round(client)
    answers = {client.post(reverse("office:check_new"), form)["Location"] for _ in range(2)}
    assert len(answers) == 1
    assert CheckRound.objects.count() == Job.objects.filter(kind=rounds.SEND_JOB).count() == 1


@pytest.mark.parametrize("day", ["1.1.2026", "22.2.2027"])
def test_a_day_gone_by_or_too_far_off_is_refused_beside_its_field(
    client: Client, cast: Cast, day: str
) -> None:
    cast.sign_in(client, "aino")
    response = client.post(reverse("office:check_new"), sent_round(client, answer_by=day))
    assert "answer_by" in response.context["form"].errors
    assert not CheckRound.objects.exists()


def test_a_dead_payer_is_not_asked(cast: Cast) -> None:
    registering.update_party(party=cast.parties["siiri"], values={"deceased_on": TODAY}, actor=None)
    begun(cast)
    assert cast.parties["siiri"].pk not in {c.payer_id for c in DataCheck.objects.order_by("pk")}
    assert Membership.objects.filter(party=cast.parties["siiri"]).exists()


@pytest.mark.parametrize("name", ["bo", "ulla", "maija"])
def test_strangers_see_no_round_and_decide_nothing(client: Client, cast: Cast, name: str) -> None:
    proposal = proposed(client, cast)
    round_pk = proposal.check_of.round_id
    cast.sign_in(client, name)
    assert client.get(reverse("office:check_round", args=[round_pk])).status_code in {403, 404, 302}
    for address in ("check_remind", "check_letters", "check_close", "check_open"):
        assert client.post(reverse(f"office:{address}", args=[round_pk])).status_code in {403, 404, 302}
    client.post(reverse("office:proposal_accept", args=[proposal.pk]))
    proposal.refresh_from_db()
    assert proposal.state == "waiting"
    assert CheckRound.objects.get(pk=round_pk).closed_at is None


def test_letters_carry_a_code_each_and_a_new_letter_voids_the_old(client: Client, cast: Cast) -> None:
    made = begun(cast)
    codes = []
    for _ in range(2):
        job = runs.work_off(rounds.print_letters(actor=cast.users["aino"], round=made, base=BASE, on=TODAY))
        with job.result.open("rb") as file:
            text = text_of(file.read())
        codes += re.findall(r"\b[2-9A-Z]{5}-[2-9A-Z]{5}\b", text)
        assert "kuolinpesä" in text
        assert f"{BASE}tarkista/" in text.replace("\n", "")
    assert len(codes) == 2
    assert rounds.by_code(codes[0], TODAY) is None
    assert rounds.by_code(codes[1], TODAY) is not None


# --- whose round ------------------------------------------------------------------------------------------------------
def regional(cast: Cast, *, reach: str) -> None:
    """A post in the region that handles members there."""
    with mutation(actor=None, kind="test.role"):
        role = RoleTemplate.objects.create(code="alue", name_fi="Alue", name_sv="Region", name_en="Region")
        RoleGrant.objects.create(template=role, capability="members.edit", reach=reach, classes="ABC")
    appoint(cast, "olavi", "alue", "region1")


def of_region(cast: Cast) -> CheckRound:
    plan = Plan(
        cast.units["region1"], [cast.units["a"].pk, cast.units["a2"].pk], "Alueen tiedot", 2026, UNTIL
    )
    made = rounds.begin(actor=cast.users["riitta"], plan=plan, base=BASE)
    work(made)
    made.refresh_from_db()
    return made


def test_a_post_of_the_region_alone_does_not_reach_its_associations(client: Client, cast: Cast) -> None:
    made = of_region(cast)
    regional(cast, reach="own")
    cast.sign_in(client, "olavi")
    assert client.get(reverse("office:check_round", args=[made.pk])).status_code == 404
    assert "Alueen tiedot" not in client.get(reverse("office:check_rounds")).content.decode()
    for name in ("check_remind", "check_letters", "check_close"):
        assert client.post(reverse(f"office:{name}", args=[made.pk])).status_code == 404


def test_a_post_that_reaches_below_does(client: Client, cast: Cast) -> None:
    made = of_region(cast)
    regional(cast, reach="below")
    cast.sign_in(client, "olavi")
    assert client.get(reverse("office:check_round", args=[made.pk])).status_code == 200


def test_a_secretary_of_one_association_does_not_see_the_round_of_two(client: Client, cast: Cast) -> None:
    made = of_region(cast)
    cast.sign_in(client, "aino")
    assert client.get(reverse("office:check_round", args=[made.pk])).status_code == 404


def test_letters_stop_when_an_association_is_out_of_reach(client: Client, cast: Cast) -> None:
    """It has been moved under another region since the letters were asked for."""
    regional(cast, reach="below")
    made = of_region(cast)
    user = cast.users["olavi"]
    job = rounds.print_letters(actor=user, round=made, base=BASE, on=TODAY)
    assert job.units == sorted(made.units)
    with mutation(actor=None, kind="test.move"):
        UnitClosure.objects.filter(ancestor=cast.units["region1"], descendant=cast.units["a2"]).delete()
    running.run(job_id=job.pk, seconds=60)
    job.refresh_from_db()
    assert job.state == "failed"
    assert not job.result
