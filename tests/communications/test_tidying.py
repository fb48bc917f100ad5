"""What letters and campaigns leave behind goes in its time, and not before; what is still used stays."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage

from communications.models import (
    AddressState,
    CampaignCall,
    CampaignJoin,
    LetterLink,
    LetterPicture,
    LetterTemplate,
    MailingVersion,
)
from communications.services import bouncing, campaigning, tidying
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import Membership, Party
from tests.cast import TODAY, Cast
from tests.communications import mailings
from tests.communications.letters.scene import picture

pytestmark = pytest.mark.django_db


def test_links_are_forgotten_a_month_after_they_were_looked_at(cast: Cast) -> None:
    now = clock.now()
    mailing = mailings.letter(cast)
    for days, address in ((29, "https://uusi.example"), (31, "https://vanha.example")):
        LetterLink.objects.create(mailing=mailing, address=address, checked_at=now - timedelta(days=days))
    LetterLink.objects.create(mailing=mailing, address="https://odottaa.example")
    assert tidying.forget_links(now=now) == 1
    assert not LetterLink.objects.filter(address="https://vanha.example").exists()
    assert tidying.forget_links(now=now + timedelta(days=29)) == 1
    assert LetterLink.objects.get().address == "https://odottaa.example"  # the letter is still being written
    assert tidying.forget_links(now=clock.now() + timedelta(days=31)) == 1


def test_a_picture_nobody_uses_goes_with_its_file(
    cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    nested, in_template, unused = picture(cast), picture(cast), picture(cast)
    now = clock.now()
    image = {"kind": "image", "alt": "Metsä"}
    columns = {"kind": "columns", "left": [{**image, "image": str(nested.key)}], "right": []}
    with mutation(actor=None, kind="test"):
        MailingVersion.objects.filter(mailing=mailings.letter(cast), language="fi").update(blocks=[columns])
        LetterTemplate.objects.create(
            unit=cast.units["a"],
            name="Pohja",
            content={"fi": {"blocks": [{**image, "image": in_template.key.hex}, {**image, "image": "muu"}]}},
        )
    assert tidying.forget_pictures(now=now + timedelta(days=89)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert tidying.forget_pictures(now=now + timedelta(days=91)) == 1
    assert set(LetterPicture.objects.values_list("pk", flat=True)) == {nested.pk, in_template.pk}
    assert not default_storage.exists(unused.file.name)
    assert default_storage.exists(nested.file.name)


def test_who_was_called_and_who_invited_is_forgotten_and_the_count_stays(cast: Cast) -> None:
    campaign = campaigning.keep(
        actor=None,
        unit=cast.units["a"],
        values={
            "name": "Kevät", "code": "kevat", "description": "", "goal": "members", "target": 1,
            "starts_on": TODAY, "ends_on": TODAY, "segment": None, "recruits": True,
        },
    )  # fmt: skip
    membership = Membership.objects.filter(unit=cast.units["a2"]).first()
    assert membership is not None
    other = Party.objects.exclude(pk=membership.party_id).first()
    with mutation(actor=None, kind="test"):
        CampaignCall.objects.create(campaign=campaign, party_id=membership.party_id, unit=cast.units["a2"])
    join = CampaignJoin.objects.create(campaign=campaign, membership=membership, referrer=other, on=TODAY)
    year = TODAY.replace(year=TODAY.year + 1)
    assert tidying.forget_calls(on=year) == 0
    assert tidying.forget_calls(on=year + timedelta(days=1)) == 1
    assert tidying.forget_inviters(on=year) == 0
    assert tidying.forget_inviters(on=year.replace(year=year.year + 1) + timedelta(days=1)) == 1
    join.refresh_from_db()
    assert join.referrer is None


def test_what_was_said_of_an_address_goes_after_a_year_unless_it_stops_mail_of_somebody(cast: Cast) -> None:
    now = clock.now()
    theirs, good = (f"m{party.pk}@posti.example" for party in mailings.members(cast, 2))
    for address in (theirs, "ei.kenenkaan@posti.example"):
        bouncing.take_refusal(address=address, code="5.1.1", said="ei ole")
    with mutation(actor=None, kind="test"):
        AddressState.objects.create(address=good, score=1, bounced_at=now - timedelta(days=1))
    assert tidying.forget_addresses(now=now + timedelta(days=300)) == 0
    assert tidying.forget_addresses(now=now + timedelta(days=370)) == 2
    assert list(AddressState.objects.values_list("address", flat=True)) == [theirs]


def test_mail_that_could_not_be_read_is_thrown_away_in_a_month(settings: Any, tmp_path: Path) -> None:
    settings.MAIL_KEPT = str(tmp_path / "kept")
    now = clock.now()
    assert tidying.forget_unreadable(now=now) == 0
    (tmp_path / "kept").mkdir()
    for name, days in (("vanha.eml", 31), ("uusi.eml", 29), ("muu.txt", 99)):
        file = tmp_path / "kept" / name
        file.write_bytes(b"x")
        then = (now - timedelta(days=days)).timestamp()
        os.utime(file, (then, then))
    assert tidying.forget_unreadable(now=now) == 1
    assert {file.name for file in (tmp_path / "kept").iterdir()} == {"uusi.eml", "muu.txt"}
