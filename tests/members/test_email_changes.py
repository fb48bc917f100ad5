"""Taking over the address of somebody with a post is not possible unseen: each way to a change of it (REG-12)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse

from jasenpalvelu.accounts.models import User
from jasenpalvelu.accounts.services.accounts import create_account
from jasenpalvelu.audit.models import Change
from jasenpalvelu.common import clock
from members.models import ContactPoint, EmailChange
from members.services import editing, emails, lifecycle, logins
from tests.cast import TODAY, Cast
from tests.members.helpers import form_values
from tests.members.test_rights_pages import stale
from tests.post import deliver

OnCommit = Callable[..., AbstractContextManager[Any]]
NEW = "uusi@example.fi"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture(autouse=True)
def _staff_are_members(cast: Cast) -> None:
    for name in ("aino", "olavi", "riitta"):
        lifecycle.start(
            actor=None, party=cast.parties[name], unit=cast.units["a"], type=cast.types["personal"], started_on=TODAY
        )  # fmt: skip


def address_of(cast: Cast, name: str) -> str:
    return ContactPoint.objects.get(party=cast.parties[name], kind="email", valid_to=None).value


def edit_url(cast: Cast, name: str) -> str:
    return reverse("office:member_edit", args=[cast.parties[name].pk])


def change_by_office(cast: Cast, client: Client, by: str, name: str, on_commit: OnCommit) -> Any:
    shown = cast.sign_in(client, by).get(edit_url(cast, name))
    with on_commit(execute=True):
        return client.post(edit_url(cast, name), form_values(shown, email=NEW))


def link_in(message: Any) -> str:
    found = re.search(r"https?://\S+(/osoitteenvaihto/\S+)", message.body)
    assert found is not None
    return found.group(1)


# --- by the office --------------------------------------------------------------------------------------------------
def test_a_plain_members_address_changes_at_once(
    cast: Cast, client: Client, django_capture_on_commit_callbacks: OnCommit
) -> None:
    change_by_office(cast, client, "aino", "maija", django_capture_on_commit_callbacks)
    assert address_of(cast, "maija") == NEW
    assert not EmailChange.objects.exists()


def test_the_address_of_a_post_holder_waits_and_the_old_one_is_told(
    cast: Cast, client: Client, django_capture_on_commit_callbacks: OnCommit
) -> None:
    response = change_by_office(cast, client, "riitta", "aino", django_capture_on_commit_callbacks)
    assert response.status_code == 302
    assert address_of(cast, "aino") == "aino@example.fi"
    change = EmailChange.objects.get()
    assert (change.use, change.new, change.asked_by) == ("contact", NEW, cast.users["riitta"])
    assert change.effective_at - change.asked_at == emails.WAITS
    (message,) = deliver()
    assert message.to == ["aino@example.fi"]
    assert NEW not in message.body
    assert Change.objects.filter(table_name="members_emailchange", party_id=change.party_id).exists()
    own = cast.sign_in(client, "aino").get("/toimisto/").content.decode()
    assert "Sähköpostiosoitteesi rekisterissä on vaihtumassa" in own
    assert "Riitta Rekisteri" in own
    history = client.get(reverse("office:member_history", args=[change.party_id])).content.decode()
    assert "Sähköpostiosoitteen muutos on pyydetty" in history


def test_other_details_are_saved_meanwhile(
    cast: Cast, client: Client, django_capture_on_commit_callbacks: OnCommit
) -> None:
    shown = cast.sign_in(client, "riitta").get(edit_url(cast, "aino"))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(edit_url(cast, "aino"), form_values(shown, email=NEW, phone="050 555 0999"))
    phones = ContactPoint.objects.filter(party=cast.parties["aino"], kind="phone", valid_to=None)
    assert phones.get().value.endswith("0999")
    assert address_of(cast, "aino") == "aino@example.fi"


@pytest.mark.parametrize("name", ["riitta", "olavi"])
def test_somebody_with_less_reach_does_not_change_it(
    cast: Cast, client: Client, name: str, django_capture_on_commit_callbacks: OnCommit
) -> None:
    """The secretary sees the register manager and the treasurer as members, and holds less than either."""
    response = change_by_office(cast, client, "aino", name, django_capture_on_commit_callbacks)
    assert response.status_code == 200
    assert "ulottuu pidemmälle kuin sinun" in response.content.decode()
    assert address_of(cast, name) == f"{name}@example.fi"
    assert not EmailChange.objects.exists()
    assert not deliver()


def test_who_one_is_is_asked_again_first(cast: Cast, client: Client) -> None:
    shown = cast.sign_in(client, "riitta").get(edit_url(cast, "aino"))
    sent = form_values(shown, email=NEW)
    response = stale(cast, client, "riitta").post(edit_url(cast, "aino"), sent)
    assert response.status_code == 302
    assert "/tili/varmista/" in response.headers["Location"]
    assert not EmailChange.objects.exists()
    sent = form_values(shown, phone="050 555 0999")
    response = client.post(edit_url(cast, "aino"), sent)
    assert "/tili/varmista/" not in response.headers["Location"], "nothing weighty was changed"


# --- the wait -------------------------------------------------------------------------------------------------------
def asked(cast: Cast, name: str = "aino") -> EmailChange:
    editing.edit_party(
        actor=cast.users["riitta"], party=cast.parties[name], values={"email": NEW}, expected={}, on=TODAY
    )
    return EmailChange.objects.get(state="waiting")


def test_it_is_made_when_the_week_is_over_and_not_before(cast: Cast) -> None:
    change = asked(cast)
    for moment, count in ((-timedelta(seconds=1), 0), (timedelta(0), 1), (timedelta(0), 0)):
        with clock.frozen(change.effective_at + moment):
            assert emails.apply_due(on=clock.today()) == count
    assert address_of(cast, "aino") == NEW
    change.refresh_from_db()
    assert change.state == "done"


def test_the_person_is_told_at_the_next_login_until_read(cast: Cast, client: Client) -> None:
    change = asked(cast)
    with clock.frozen(change.effective_at):
        emails.apply_due(on=clock.today())
        text = "Sähköpostiosoitteesi rekisterissä vaihdettiin"
        assert text in cast.sign_in(client, "aino").get("/oma/").content.decode()
        assert client.post(reverse("portal:email_change_seen")).status_code == 302
        assert text not in client.get("/oma/").content.decode()


def test_the_old_address_stops_it_without_logging_in(cast: Cast, client: Client) -> None:
    change = asked(cast)
    url = reverse("public:email_change", args=[emails.token_of(change)])
    html = client.get(url).content.decode()
    assert NEW not in html
    assert "Aino" not in html
    assert EmailChange.objects.get().state == "waiting", "looking decides nothing"
    client.post(url, {"paatos": "pysayta"})
    assert EmailChange.objects.get().state == "stopped"
    with clock.frozen(change.effective_at + timedelta(days=1)):
        assert emails.apply_due(on=clock.today()) == 0
    assert address_of(cast, "aino") == "aino@example.fi"
    client.post(url, {"paatos": "vahvista"})
    assert address_of(cast, "aino") == "aino@example.fi", "what was stopped is not confirmed"


def test_the_old_address_makes_it_at_once(cast: Cast, client: Client) -> None:
    url = reverse("public:email_change", args=[emails.token_of(asked(cast))])
    client.post(url, {"paatos": "vahvista"})
    assert address_of(cast, "aino") == NEW


def test_a_made_up_link_opens_nothing(cast: Cast, client: Client) -> None:
    change = asked(cast)
    for token in ("x", str(change.pk), emails.token_of(change)[:-1]):
        assert client.get(reverse("public:email_change", args=[token])).status_code == 404


def test_the_person_stops_it_and_nobody_else(cast: Cast, client: Client) -> None:
    change = asked(cast)
    url = reverse("portal:email_change_stop", args=[change.pk])
    for who in ("maija", "olavi", "riitta", "ulla"):
        assert cast.sign_in(client, who).post(url).status_code == 404
    assert cast.sign_in(client, "ulla").post(reverse("portal:email_change_seen")).status_code == 404
    assert EmailChange.objects.get().state == "waiting"
    assert cast.sign_in(client, "aino").post(url).status_code == 302
    assert EmailChange.objects.get().state == "stopped"


def test_a_later_change_takes_the_place_of_the_first(cast: Cast) -> None:
    first = asked(cast)
    editing.edit_party(
        actor=cast.users["riitta"], party=cast.parties["aino"], values={"email": "toinen@example.fi"},
        expected={}, on=TODAY,
    )  # fmt: skip
    first.refresh_from_db()
    assert first.state == "stopped"
    assert EmailChange.objects.get(state="waiting").new == "toinen@example.fi"


# --- the login, by the person ---------------------------------------------------------------------------------------
def change_login(cast: Cast, client: Client, name: str, on_commit: OnCommit) -> None:
    """As the person does: the new address, the code sent there."""
    cast.sign_in(client, name)
    assert client.post("/tili/sahkoposti/", {"email": NEW, "action_add": "1"}).status_code == 302
    code = re.search(r"\b(\d{6})\b", mail.outbox[-1].body)
    assert code is not None
    mail.outbox.clear()
    with on_commit(execute=True):
        client.post("/tili/sahkoposti/vahvista/", {"code": code.group(1)})


def test_a_members_login_changes_when_the_new_address_is_proved(
    cast: Cast, client: Client, django_capture_on_commit_callbacks: OnCommit
) -> None:
    change_login(cast, client, "maija", django_capture_on_commit_callbacks)
    assert User.objects.get(pk=cast.users["maija"].pk).email == NEW


def test_the_login_of_a_post_holder_waits(
    cast: Cast, client: Client, django_capture_on_commit_callbacks: OnCommit
) -> None:
    change_login(cast, client, "aino", django_capture_on_commit_callbacks)
    user = User.objects.get(pk=cast.users["aino"].pk)
    assert user.email == "aino@example.fi"
    assert list(EmailAddress.objects.filter(user=user).values_list("email", flat=True)) == ["aino@example.fi"]
    (message,) = deliver()
    assert message.to == ["aino@example.fi"]
    assert "Osoite, jolla kirjaudut, on vaihtumassa" in client.get("/toimisto/").content.decode()
    Client().post(link_in(message), {"paatos": "vahvista"})
    user.refresh_from_db()
    assert user.email == NEW
    assert EmailAddress.objects.get(user=user).email == NEW


def test_asking_again_who_one_is_comes_before_a_new_login_address(cast: Cast, client: Client) -> None:
    response = stale(cast, client, "aino").post("/tili/sahkoposti/", {"email": NEW, "action_add": "1"})
    assert "/tili/varmista/" in response.headers["Location"]
    assert not deliver()


def test_an_address_taken_meanwhile_is_not_given_to_two(cast: Cast) -> None:
    assert logins.hold_back_login(cast.users["aino"], NEW)
    change = EmailChange.objects.get()
    create_account(email=NEW, full_name="Toinen", verified=True)
    with clock.frozen(change.effective_at):
        assert emails.apply_due(on=clock.today()) == 0
    change.refresh_from_db()
    assert change.state == "stopped"
    assert User.objects.get(pk=cast.users["aino"].pk).email == "aino@example.fi"


def test_somebody_without_a_post_waits_for_nothing(cast: Cast) -> None:
    assert not logins.hold_back_login(cast.users["maija"], NEW)
    assert not logins.hold_back_login(cast.users["ulla"], NEW)
