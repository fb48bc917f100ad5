"""How a unit's letters look: its own, its unit's, and what comes from above."""

from django.core.files.base import ContentFile
from django.test import Client

from communications.letters.looks import look_of
from communications.models import Look
from jasenpalvelu.audit.services import mutation
from members.models import OrgUnit
from tests.cast import Cast
from tests.communications.letters import scene


def test_everything_empty_comes_from_the_unit_and_ours(cast: Cast) -> None:
    look = look_of(cast.units["a"])
    assert look.name("fi") == "Kuusilahden tuottajayhdistys"
    assert look.name("sv") == "Granviks producentförening"
    assert look.reply_to == cast.units["a"].email
    assert (look.colour, look.on_colour, look.link) == ("#1b4932", "#ffffff", "#1b4932")
    assert look.logo is None
    assert look.address == ("Keskustie 1", "00100 Helsinki")


def test_the_nearest_above_that_says_something_is_heard(cast: Cast) -> None:
    with mutation(actor=None, kind="test"):
        Look.objects.create(
            unit=cast.units["union"],
            colour="#aa0000",
            footer_fi="Liiton sanat",
            approval_limit=500,
            from_name="Liitto",
        )
        Look.objects.create(unit=cast.units["region1"], footer_fi="Alueen sanat", footer_sv="Regionens ord")
    look = look_of(cast.units["a"])
    assert look.colour == "#aa0000"
    assert (look.footer("fi"), look.footer("sv"), look.footer("en")) == (
        "Alueen sanat",
        "Regionens ord",
        "Alueen sanat",
    )
    assert look.from_name == "Kuusilahden tuottajayhdistys"
    assert look_of(cast.units["b"]).footer("fi") == "Liiton sanat"


def test_a_colour_that_is_none_is_not_used(cast: Cast) -> None:
    with mutation(actor=None, kind="test"):
        Look.objects.create(unit=cast.units["a"], colour="red;x:y")
    assert look_of(cast.units["a"]).colour == "#1b4932"


def test_the_logo_is_hosted_for_mail_programs(cast: Cast) -> None:
    unit = cast.units["a"]
    with mutation(actor=None, kind="test"):
        unit.logo.save("tunnus.png", ContentFile(scene.png((400, 100))))
    logo = look_of(OrgUnit.objects.get(pk=unit.pk)).logo
    assert logo is not None
    assert (logo.width, logo.height, logo.wide) == (240, 60, True)
    path = "/" + logo.url.partition("://")[2].partition("/")[2]
    shown = Client().get(path)
    assert shown.getvalue()[:4] == b"\x89PNG"
    assert shown.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert Client().get(path.replace(".png", ".jpg")).status_code == 404
    below = look_of(cast.units["a"])
    assert below.logo is not None


def test_a_logo_from_above_never_takes_the_place_of_the_name(cast: Cast) -> None:
    with mutation(actor=None, kind="test"):
        cast.units["union"].logo.save("liitto.png", ContentFile(scene.png((400, 100))))
    logo = look_of(cast.units["a"]).logo
    assert logo is not None
    assert not logo.wide
