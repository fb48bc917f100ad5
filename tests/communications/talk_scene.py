"""For the scenery: a conversation with an attachment, one handed over, a note of a call, subjects and a canned answer of association A."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from communications import attachments
from communications.models import Talk, TalkMessage
from communications.services import arranging_talks, noting, talk_settings, talking
from jasenpalvelu.common import clock
from tests.cast import Cast
from tests.communications.talking import FRIDAY, answered, asked, open_desk


def things(cast: Cast) -> dict[str, Any]:
    a, aino, maija = cast.units["a"], cast.users["aino"], cast.parties["maija"]
    open_desk(cast, "a")
    open_desk(cast, "union")
    names = {"name_sv": "", "name_en": "", "expert": None, "active": True}
    topic = talk_settings.keep_topic(actor=aino, unit=a, values={"name_fi": "Verotus", **names})
    texts = {"text_fi": "Hei! Siirsimme eräpäivän.", "text_sv": "", "text_en": ""}
    canned = talk_settings.keep_canned(actor=aino, unit=a, values={"title": "Eräpäivän siirto", **texts})
    talk = asked(cast, files=[attachments.checked("lasku.pdf", b"%PDF-1.7 lasku")])
    answered(cast, talk)
    talking.note(actor=aino, talk=talk, text="Soita vielä", at=FRIDAY)
    moved = asked(cast, subject="Metsävähennys")
    arranging_talks.hand_over(
        actor=aino, talk=moved, to=cast.units["union"], reason="Liiton asiaa", at=FRIDAY
    )
    note = noting.write(
        actor=aino,
        party=maija,
        unit=a,
        channel="phone",
        direction="in",
        at=FRIDAY,
        text="Sovittiin maksuaika",
        now=FRIDAY,
    )
    file = TalkMessage.objects.filter(talk=talk).order_by("pk")[0].files.get()
    return {
        "talk* pk": talk.pk,
        "talk_back pk": moved.pk,
        "talk_file file_pk": file.pk,
        "talk_new pk": maija.pk,
        "talk_desk pk": a.pk,
        "talk_topic* pk": a.pk,
        "talk_topic topic_pk": topic.pk,
        "canned* pk": a.pk,
        "canned* canned_pk": canned.pk,
        "contact_log pk": maija.pk,
        "note* pk": maija.pk,
        "note* note_pk": note.pk,
    }


def acts(cast: Cast) -> Iterator[tuple[str, Callable[[], Any]]]:
    """What locks, for the order of locks."""
    aino, now = cast.users["aino"], clock.now()
    talk = Talk.objects.get(subject="Laskun eräpäivä")
    other = Talk.objects.get(subject="Metsävähennys")
    yield "ask", lambda: asked(cast, subject="Uusi kysymys", at=now)
    yield "write", lambda: talking.write(actor=None, talk=talk, text="Lisäksi", at=now)
    yield "answer", lambda: answered(cast, talk, at=now)
    yield "take a talk", lambda: arranging_talks.assign(actor=aino, talk=talk, to=aino, at=now)
    yield "give back a talk", lambda: arranging_talks.hand_back(actor=None, talk=other, at=now)
    yield "close a talk", lambda: arranging_talks.close(actor=aino, talk=talk, at=now)
    note = cast.parties["maija"].contact_notes.get()
    values = {"channel": "visit", "direction": "in", "at": FRIDAY, "text": "Käynti"}
    yield "change a note", lambda: noting.change(actor=aino, note=note, **values)
