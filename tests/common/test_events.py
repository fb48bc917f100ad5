from dataclasses import dataclass

import pytest
from django.db import transaction

from jasenpalvelu.common import events
from jasenpalvelu.common.events import handles, publish, registered
from jasenpalvelu.jobs.models import Job


@dataclass(frozen=True)
class Happened:
    what: str


@dataclass
class Loose:
    what: str


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_handlers", {})


def test_handlers_run_in_the_order_of_registration(clean):
    heard = []
    handles(Happened)(lambda event: heard.append(("first", event.what)))
    handles(Happened)(lambda event: heard.append(("second", event.what)))
    publish(Happened("x"))
    assert heard == [("first", "x"), ("second", "x")]


def test_an_event_nobody_handles_is_no_error(clean):
    publish(Happened("x"))


def test_registering_twice_changes_nothing(clean):
    heard = []

    def handler(event: Happened) -> None:
        heard.append(event)

    handles(Happened)(handler)
    handles(Happened)(handler)
    publish(Happened("x"))
    assert len(heard) == 1


def test_only_frozen_dataclasses_are_events(clean):
    for wrong in (Loose, str):
        with pytest.raises(TypeError, match="frozen dataclass"):
            handles(wrong)


def publish_and_write() -> None:
    with transaction.atomic():
        Job.objects.create(kind="k", title="t")
        publish(Happened("x"))


@pytest.mark.django_db
def test_a_handler_that_fails_undoes_the_whole_act(clean):
    @handles(Happened)
    def fail(event: Happened) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        publish_and_write()
    assert not Job.objects.exists()


def test_the_couplings_of_the_house_are_these():
    """A new line here is a new coupling between layers: it should be meant."""
    assert registered() == {
        "communications.events.MessageRefused": ["billing.handlers.who_gets_no_mail_gets_a_letter"],
        "jasenpalvelu.accounts.events.LoggedIn": ["members.handlers.find_the_person"],
        "jasenpalvelu.accounts.events.MailWanted": ["communications.handlers.put_into_the_outbox"],
        "jasenpalvelu.jobs.events.ResultDownloaded": ["jasenpalvelu.web.handlers.log_fetched_file"],
        "members.events.AdmissionsDecided": ["billing.handlers.newcomers_are_billed"],
        "members.events.JoiningConfirmed": ["communications.handlers.campaign_counts_the_joining"],
        "members.events.MembershipsLeave": ["billing.handlers.keep_what_was_invoiced"],
        "members.events.UnitsReorganised": ["billing.handlers.fees_follow_the_units"],
    }
