"""The material bank: who may open what, versions, searching, counting, and what a hostile name or link may not do (COM-8)."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from communications import bank
from communications.models import Material, MaterialAudience, MaterialDownloads, MaterialVersion
from communications.readers import reader_of
from communications.services import announcing, materials
from communications.uploads import look
from communications.waiting_content import ENDING
from jasenpalvelu.common import clock
from members.waiting import Asked
from tests.cast import TODAY, Cast
from tests.communications.content import scene

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_today")]
PDF = b"%PDF-1.7 syyskokous"


@pytest.fixture
def _today() -> Any:
    with clock.frozen(TODAY):
        yield


def upload(data: bytes = PDF, name: str = "Kokousmuistio.pdf") -> Any:
    return BytesIO(data), look(BytesIO(data), size=len(data), name=name)


def added(cast: Cast, unit: str = "a", **changed: Any) -> Material:
    values = {
        "title": "Kokousmuistion malli",
        "description": "Syyskokouksia varten",
        "language": "fi",
        "kind": "document",
        "tags": ["kokoukset"],
        "audience": MaterialAudience.MEMBERS,
        "types": [],
        "roles": [],
        "valid_until": None,
        "owner": cast.users["aino"],
    }
    return materials.keep(actor=None, unit=cast.units[unit], values=values | changed, upload=upload())


def saved(answer: Any) -> bytes:
    """The file of an answer; read to its end it is closed."""
    return b"".join(answer.streaming_content)


def sees(cast: Cast, name: str, found: Material) -> bool:
    return Material.objects.for_reader(reader_of(cast.parties[name].pk, TODAY)).filter(pk=found.pk).exists()


def form(**changed: Any) -> dict[str, Any]:
    plain = {
        "title": "Esityspohja",
        "kind": "presentation",
        "language": "fi",
        "audience": "members",
        "tags": "Mallit, mallit,  Esitykset ",
        "file": SimpleUploadedFile("pohja.pdf", PDF),
    }
    return plain | changed


@pytest.mark.parametrize(
    ("unit", "changed", "who"),
    [
        ("union", {}, {"maija", "lotta"}),
        ("a", {}, {"maija"}),
        ("union", {"audience": "officers"}, {"aino", "bo"}),
        ("region1", {"audience": "officers"}, {"aino"}),
        ("union", {"audience": "roles", "roles": ["treasurer"]}, set()),
        ("union", {"audience": "roles", "roles": ["secretary"]}, {"aino", "bo"}),
        ("union", {"audience": "types", "types": ["farmer"]}, {"maija", "lotta"}),
        ("union", {"audience": "types", "types": ["student"]}, set()),
        ("a", {"audience": "public"}, {"maija", "aino"}),
    ],
)
def test_who_may_open_it(cast: Cast, unit: str, changed: dict[str, Any], who: set[str]) -> None:
    found = added(cast, unit, **changed)
    assert {name for name in ("maija", "lotta", "aino", "bo") if sees(cast, name, found)} == who


def test_a_new_version_keeps_the_address_and_the_old_file(cast: Cast, client: Client) -> None:
    cast.sign_in(client, "aino")
    client.post(reverse("office:material_new"), form())
    found = Material.objects.get()
    assert found.tags == ["mallit", "esitykset"]
    client.post(
        reverse("office:material_edit", args=[found.pk]),
        form(file=SimpleUploadedFile("uusi.pdf", b"%PDF-1.7 uusi"), note="Uusi logo"),
    )
    assert [v.number for v in found.versions.order_by("number")] == [1, 2]
    old = client.get(reverse("office:material_version", args=[found.pk, 1]))
    assert saved(old) == PDF
    cast.sign_in(client, "maija")
    new = client.get(reverse("portal:material_download", args=[found.pk]))
    assert saved(new) == b"%PDF-1.7 uusi"
    assert client.get(reverse("office:material_version", args=[found.pk, 1])).status_code in {302, 403, 404}


def test_a_file_is_saved_and_never_shown(cast: Cast, client: Client) -> None:
    found = added(cast, audience="public")
    answer = client.get(reverse("public:material_download", args=[found.pk]))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Kokousmuistio.pdf"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert saved(answer) == PDF


def test_only_the_button_counts(cast: Cast, client: Client) -> None:
    found = added(cast)
    cast.sign_in(client, "maija")
    url = reverse("portal:material_download", args=[found.pk])
    saved(client.get(url))
    assert not MaterialDownloads.objects.exists()
    saved(client.post(url))
    saved(client.post(url))
    assert MaterialDownloads.objects.get().count == 2
    assert bank.with_downloads(found)[0].times == 2  # type: ignore[attr-defined]


def test_what_is_not_theirs_does_not_exist(cast: Cast, client: Client) -> None:
    of_b = added(cast, "b")
    cast.sign_in(client, "maija")
    for name in ("material", "material_download"):
        assert client.get(reverse(f"portal:{name}", args=[of_b.pk])).status_code == 404
        assert client.get(reverse(f"public:{name}", args=[of_b.pk])).status_code == 404
    cast.sign_in(client, "aino")
    for name in ("material", "material_edit", "material_remove"):
        assert client.get(reverse(f"office:{name}", args=[of_b.pk])).status_code == 404
    assert client.get(reverse("office:material_version", args=[of_b.pk, 1])).status_code == 404
    assert client.post(reverse("office:material_bring_back", args=[of_b.pk])).status_code == 404


def test_removed_or_out_of_date_it_is_gone_for_members_and_can_come_back(cast: Cast) -> None:
    found = added(cast)
    materials.remove(actor=None, material=found, at=clock.now())
    assert not sees(cast, "maija", found)
    materials.bring_back(actor=None, material=found)
    assert sees(cast, "maija", found)
    materials.renew(actor=None, material=found, until=TODAY - timedelta(days=1))
    assert not sees(cast, "maija", found)


def test_the_owner_is_reminded_and_nobody_else(cast: Cast) -> None:
    from members.scope import Scope

    added(cast, valid_until=TODAY + timedelta(days=10))
    added(cast, title="Pitkä", valid_until=TODAY + timedelta(days=200))
    for name, number in (("aino", 1), ("riitta", 0)):
        asked = Asked(Scope.for_user(cast.users[name], on=TODAY), TODAY)
        assert ENDING.rows(asked).count() == number


@pytest.mark.parametrize("typed", ["malli", "kokousmuis", "KOKOUKSET", "syyskokouksia varten"])
def test_the_search_finds_by_beginning(cast: Cast, typed: str) -> None:
    found = added(cast)
    assert list(bank.narrowed(Material.objects.all(), {"q": typed})) == [found]


@pytest.mark.parametrize("typed", ["'", "a' | 'b", ":* & !", "\\", "?"])
def test_the_search_bears_whatever_is_typed(cast: Cast, client: Client, typed: str) -> None:
    added(cast)
    cast.sign_in(client, "maija")
    assert client.get(reverse("portal:materials"), {"q": typed}).status_code == 200


def test_bases_are_found_where_the_analyser_is(cast: Cast) -> None:
    from jasenpalvelu.common import finnish

    if finnish.bases("muistioiden"):
        found = added(cast)
        assert list(bank.narrowed(Material.objects.all(), {"q": "muistioiden"})) == [found]


def test_what_is_not_a_document_is_refused_beside_the_field(cast: Cast, client: Client) -> None:
    cast.sign_in(client, "aino")
    page = client.post(
        reverse("office:material_new"), form(file=SimpleUploadedFile("kokous.pdf", b"MZ", "application/pdf"))
    )
    assert "Tällaista tiedostoa ei oteta" in page.content.decode()
    assert not MaterialVersion.objects.exists()


def test_posts_must_be_chosen_where_it_is_for_them(cast: Cast, client: Client) -> None:
    cast.sign_in(client, "aino")
    page = client.post(reverse("office:material_new"), form(audience="roles"))
    assert "Valitse ainakin yksi" in page.content.decode()
    assert not Material.objects.exists()


def test_where_it_is_used(cast: Cast, client: Client) -> None:
    found = added(cast)
    announcing.keep(actor=None, unit=cast.units["a"], values=scene.values(), materials=[found])
    cast.sign_in(client, "aino")
    assert "Syyskokous" in client.get(reverse("office:material", args=[found.pk])).content.decode()
