"""For the scenery: one of everything of announcements, materials, benefits and campaigns, of association A."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

from communications.images import read_image
from communications.models import Audience, CampaignCall, PartnerProposal
from communications.services import announcing, campaigning, materials, partners
from communications.uploads import look
from jasenpalvelu.common import clock
from members.models import Segment
from members.scope import Scope
from tests.cast import TODAY, Cast
from tests.communications.content import scene

PDF = b"%PDF-1.7 syyskokous"


def things(cast: Cast, picture: bytes) -> dict[str, Any]:
    aino = cast.users["aino"]
    segment = Segment.objects.filter(unit=cast.units["a"], removed_at=None).order_by("pk")[0]
    thing = materials.keep(
        actor=aino,
        unit=cast.units["a"],
        values={
            "title": "Kokousmuistion malli",
            "description": "Syyskokouksia ja kevätkokouksia varten.",
            "language": "fi",
            "kind": "document",
            "tags": ["kokoukset", "mallit"],
            "audience": "public",
            "types": [],
            "roles": [],
            "valid_until": TODAY + timedelta(days=20),
            "owner": aino,
        },
        upload=(BytesIO(PDF), look(BytesIO(PDF), size=len(PDF), name="Kokousmuistio.pdf")),
    )
    told = announcing.keep(
        actor=aino,
        unit=cast.units["a"],
        values=scene.values(
            audience=Audience.PUBLIC,
            important=True,
            alt_fi="Metsäpolku",
            title_sv="Höstmöte",
            body_sv="Välkommen.",
        ),
        picture=read_image(picture),
        materials=[thing],
    )
    announcing.publish(actor=aino, announcement=told, at=clock.now())
    draft = scene.draft(cast, title_fi="Metsäpäivän ohjelma")
    found = {
        "announcement* pk": told.pk,
        "announcement_publish pk": draft.pk,
        "announcement_delete pk": draft.pk,
        "material* pk": thing.pk,
        "material_version number": 1,
    }
    return found | _benefits(cast) | _campaign(cast, segment, told)


def _benefits(cast: Cast) -> dict[str, Any]:
    aino = cast.users["aino"]
    whose = partners.keep_partner(
        actor=aino,
        unit=cast.units["a"],
        values={"name": "Rautakauppa Kanto", "text_fi": "Työkaluja **metsään** ja pihaan."},
    )
    which = partners.keep_benefit(
        actor=aino,
        partner=whose,
        values={
            "title_fi": "Kymmenen prosenttia työkaluista",
            "title_sv": "",
            "title_en": "",
            "text_fi": "Näytä kortti kassalla.",
            "use": "card",
            "municipalities": ["091"],
            "valid_from": TODAY,
        },
    )
    partners.set_state(actor=aino, benefit=which, state="published")
    row = partners.invite(
        actor=aino, partner=whose, email="kauppias@kanto.example.fi", language="fi", at=clock.now()
    )
    proposal: PartnerProposal = partners.propose(
        actor=aino,
        partner=whose,
        values={"title_fi": "Viisitoista prosenttia työkaluista", "valid_from": TODAY},
        at=clock.now(),
        benefit=which,
    )
    return {
        "benefit* pk": which.pk,
        "benefit_proposal pk": proposal.pk,
        "partner* pk": whose.pk,
        "partner_login_end pk": row.pk,
        "partner_benefit benefit_pk": which.pk,
        "partner_invitation token": partners.token_of(row),
    }


def _campaign(cast: Cast, segment: Segment, told: Any) -> dict[str, Any]:
    aino = cast.users["aino"]
    found = campaigning.keep(
        actor=aino,
        unit=cast.units["a"],
        values={
            "name": "Talven jäsenhankinta",
            "code": "talvi26",
            "description": "Naapurit mukaan ennen kevättä.",
            "goal": "members",
            "target": 40,
            "starts_on": TODAY,
            "ends_on": TODAY + timedelta(days=60),
            "segment": segment,
            "recruits": True,
        },
    )
    step = campaigning.add_step(actor=aino, campaign=found, announcement=told)
    campaigning.make_calls(actor=aino, campaign=found, scope=Scope.for_user(aino, on=TODAY), on=TODAY)
    call = CampaignCall.objects.filter(campaign=found).order_by("pk")[0]
    return {"campaign* pk": found.pk, "campaign_call pk": call.pk, "campaign_step_remove pk": step.pk}
