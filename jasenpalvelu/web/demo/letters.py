"""Letters of the first association: one that members have got, one that is being written, and a template of the union."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

from communications.letters import blocks, pictures
from communications.models import Archive, Delivery, LetterPicture, Mailing, State, Topic
from communications.services import picturing, releasing, writing
from jasenpalvelu.accounts.models import User
from jasenpalvelu.common import clock
from jasenpalvelu.web.demo.structure import Federation
from members.models import OrgUnit

AUTUMN: tuple[tuple[str, dict[str, str]], ...] = (
    ("heading", {"text": "{{greeting|Hyvä jäsen}}"}),
    ("text", {"text": "Syyskokous pidetään Seuratalolla **24.11.2026 klo 18**. Kahvi on tarjolla puoli tuntia ennen kokousta.\n\n"
              "- Toimintasuunnitelma ja talousarvio\n- Jäsenmaksut ensi vuodelle\n- Hallituksen erovuoroiset"}),
    ("button", {"text": "Lue kokouksen asiat", "url": "https://www.example.fi/syyskokous"}),
    ("columns", {"left_heading": "Verokurssi", "left_text": "Kurssin tallenne on katsottavissa vuoden loppuun.",
                 "right_heading": "Talkoot", "right_text": "Puukatokset kunnostetaan lauantaina 5.12."}),
)  # fmt: skip
WINTER: tuple[tuple[str, dict[str, str]], ...] = (
    ("heading", {"text": "{{greeting|Hyvä jäsen}}"}),
    ("text", {"text": "Vuosi kääntyy lopuilleen. Kokosimme tähän kolme asiaa, jotka kannattaa hoitaa ennen joulua."}),
    ("button", {"text": "Ilmoittaudu pikkujouluun", "url": "https://www.example.fi/pikkujoulu"}),
    ("divider", {}),
    ("text", {"text": "Tarkista yhteystietosi omilta sivuiltasi. Muistutukset maksuista lähtevät 1.12."}),
)  # fmt: skip


def build(*, federation: Federation, on: date) -> None:
    """Nothing without the logins of the demo."""
    secretary = User.objects.filter(email__startswith="sihteeri@").first()
    if secretary is None:
        return
    own = federation.associations[0].unit
    sent_on = datetime.combine(on - timedelta(days=19), time(9, 30), clock.HELSINKI)
    with clock.frozen(sent_on):
        shown = picturing.keep_picture(actor=secretary, unit=own, picture=pictures.read(_drawn()))
        autumn = _letter(
            secretary, own, "Jäsenkirje 4/2026", "Syyskokous, verokurssi ja talkoot", AUTUMN, shown
        )
        _leave(secretary, autumn)
    winter = _letter(
        secretary, own, "Jäsenkirje 5/2026", "Pikkujoulu, verokurssi ja maksujen aikataulu", WINTER, shown
    )
    writing.save_template(actor=secretary, mailing=winter, name="Kuukauden jäsenkirje")


def _letter(
    actor: User, unit: OrgUnit, title: str, subject: str, parts: Any, shown: LetterPicture
) -> Mailing:
    values = {
        "title": title,
        "topic": Topic.objects.get(code="newsletter"),
        "segment": None,
        "archive": Archive.PUBLIC,
        "paper": True,
    }
    mailing = writing.create(actor=actor, unit=unit, values=values)
    row = mailing.versions.get()
    head = {"subject": subject, "preheader": ""}
    writing.save_head(
        actor=actor, mailing=mailing, language=row.language, values=head, seen=writing.head_digest(row)
    )
    picture = ("image", {"image": str(shown.key), "alt": "Piirros: pelto ja metsänreuna"})
    for kind, words in (picture, *parts):
        made = writing.add_block(actor=actor, mailing=mailing, language=row.language, kind=kind)
        writing.save_block(
            actor=actor, mailing=mailing, language=row.language, block=made | words, seen=blocks.digest(made)
        )
    mailing.refresh_from_db()
    return mailing


def _leave(actor: User, mailing: Mailing) -> None:
    """Sent and settled: a few were refused, one is in doubt, those on paper wait for the printer."""
    now = clock.now()
    releasing.schedule(mailing=mailing, version=mailing.version, actor=actor, now=now)
    releasing.advance(now=now)
    releasing.advance(now=now + releasing.REGRET)
    rows = Delivery.objects.filter(mailing=mailing, state=State.PLANNED, channel=1)
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:4])
    done = now + releasing.REGRET + timedelta(minutes=2)
    rows.filter(pk__in=keys[:2]).update(state=State.REJECTED, reason="server", code="5.1.1", done_at=done)
    rows.filter(pk__in=keys[2:3]).update(state=State.REJECTED, reason="gave_up", code="4.4.1", done_at=done)
    rows.filter(pk__in=keys[3:]).update(state=State.UNCERTAIN, done_at=done)
    rows.update(state=State.ACCEPTED, done_at=done)
    releasing.advance(now=done + timedelta(minutes=1))


def _drawn() -> bytes:
    """A field and the edge of a forest."""
    image = Image.new("RGB", (1120, 300), "#e5eff6")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 200, 1120, 300), fill="#fbf9f5")
    for n, left in enumerate(range(0, 1120, 32)):
        pen.polygon([(left, 206), (left + 16, 120 + (n * 37) % 50), (left + 32, 206)], fill="#1b4932")
    kept = BytesIO()
    image.save(kept, "PNG")
    return kept.getvalue()
