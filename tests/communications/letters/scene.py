"""A draft letter with something of everything, as Aino writes it."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

from PIL import Image

from communications import links
from communications.letters import addresses, blocks, pictures
from communications.models import Archive, Delivery, LetterPicture, Mailing, State, Topic
from communications.services import picturing, releasing, writing
from jasenpalvelu.common import clock
from tests.cast import Cast


def png(size: tuple[int, int] = (80, 40)) -> bytes:
    kept = BytesIO()
    Image.new("RGB", size, "green").save(kept, "PNG")
    return kept.getvalue()


def picture(cast: Cast, *, unit: str = "a") -> LetterPicture:
    return picturing.keep_picture(
        actor=cast.users["aino"], unit=cast.units[unit], picture=pictures.read(png())
    )


def draft(
    cast: Cast, *, unit: str = "a", by: str = "aino", topic: str = "newsletter", **values: Any
) -> Mailing:
    """Title, one heading and one text in Finnish."""
    told: dict[str, Any] = {
        "title": "Jäsenkirje 5/2026",
        "topic": Topic.objects.get(code=topic),
        "segment": None,
        "archive": Archive.MEMBERS,
    }
    mailing = writing.create(actor=cast.users[by], unit=cast.units[unit], values=told | values)
    head(cast, mailing, "Pikkujoulu ja verokurssi", by=by)
    add(cast, mailing, "heading", by=by, text="Hei {{first_name|jäsen}}")
    add(cast, mailing, "text", by=by, text="Vuosi kääntyy **lopuilleen**.")
    return mailing


def head(cast: Cast, mailing: Mailing, subject: str, *, language: str = "fi", by: str = "aino") -> None:
    version = mailing.versions.get(language=language)
    writing.save_head(
        actor=cast.users[by],
        mailing=mailing,
        language=language,
        values={"subject": subject, "preheader": ""},
        seen=writing.head_digest(version),
    )


def add(
    cast: Cast, mailing: Mailing, kind: str, *, language: str = "fi", by: str = "aino", **values: str
) -> str:
    user = cast.users[by]
    made = writing.add_block(actor=user, mailing=mailing, language=language, kind=kind)
    writing.save_block(
        actor=user, mailing=mailing, language=language, block=made | values, seen=blocks.digest(made)
    )
    mailing.refresh_from_db()
    return str(made["id"])


def sent(cast: Cast, mailing: Mailing, *, by: str = "aino") -> Mailing:
    """On its way through the five minutes to everybody; the first one's server refused."""
    now = clock.now()
    releasing.schedule(mailing=mailing, version=mailing.version, actor=cast.users[by], now=now)
    releasing.advance(now=now)
    releasing.advance(now=now + releasing.REGRET)
    rows = Delivery.objects.filter(mailing=mailing, state=State.PLANNED, channel=1)
    first = rows.order_by("pk").values_list("pk", flat=True).first()
    rows.filter(pk=first or 0).update(state=State.REJECTED, reason="server", code="5.7.1")
    rows.update(state=State.ACCEPTED, done_at=now)
    releasing.advance(now=now + releasing.REGRET + timedelta(minutes=1))
    mailing.refresh_from_db()
    return mailing


def things(cast: Cast) -> dict[str, Any]:
    """For the scenery: a draft with each kind of part, a letter that has been sent, a template and a picture."""
    shown = picture(cast)
    writes = draft(cast)
    add(cast, writes, "image", image=str(shown.key), alt="Vihreä pelto")
    add(cast, writes, "button", text="Lue lisää", url="https://lisaa.example.fi/")
    add(cast, writes, "columns", left_text="Vasen", right_text="Oikea")
    key = add(cast, writes, "divider")
    poll = add(cast, writes, "poll")
    template = writing.save_template(actor=cast.users["aino"], mailing=writes, name="Kuukausikirje")
    gone = sent(cast, draft(cast, title="Jäsenkirje 4/2026", archive=Archive.PUBLIC))
    row = Delivery.objects.filter(mailing=gone).order_by("pk").first()
    return {
        "message* pk": writes.pk,
        "message* language": "fi",
        "message* key": key,
        "message_poll key": poll,
        "message_results pk": gone.pk,
        "message_state pk": gone.pk,
        "message_missing pk": gone.pk,
        "letter_template* pk": template.pk,
        "letter_template* language": "fi",
        "letter* uuid": gone.uuid,
        "letter_picture key": shown.key,
        "letter_picture extension": "png",
        "letter_logo token": links.token(addresses.LOGO, cast.units["a"].pk),
        "letter_logo extension": "png",
        "letter_read token": links.token(links.READ, row.pk if row else 0),
    }
