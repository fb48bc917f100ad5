"""The pages of a change: drawn up step by step, looked at, carried out, undone; closed to whoever may not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.models import Change
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.identifiers import make_member_number
from jasenpalvelu.jobs.services import cancel, running
from members.models import ImportBatch, Mandate, Membership, OrgChange, OrgUnit
from members.models.reorganising import ChangeState
from members.scope import Scope
from members.services import units
from members.services.reorganising import carrying_out, drafting
from tests.billing import runs
from tests.cast import TODAY, Cast
from tests.members.merging.helpers import person
from tests.members.reorganising.helpers import carried_out, made, merge, move, split

pytestmark = pytest.mark.django_db
WHEN = {"effective_on": "22.11.2026", "decided_on": "1.11.2026", "section": "4", "ground": "Syyskokous"}


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def office(cast: Cast, client: Client) -> Client:
    return cast.sign_in(client, "riitta")


def text(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]


def worked_off() -> None:
    change = OrgChange.objects.get()
    assert change.job_id is not None
    while running.run(job_id=change.job_id):
        pass


def test_a_merger_from_the_first_step_to_the_last(cast: Cast, office: Client) -> None:
    a, a3 = cast.units["a"], cast.units["a3"]
    page = text(office.get(reverse("office:unit_changes")))
    assert "Laadi ensimmäinen" in page
    here = reverse("office:unit_change_new", args=["merge"])
    done = office.post(here, {"first": a.pk, "target": a3.pk} | WHEN)
    change = OrgChange.objects.get()
    assert done.headers["Location"] == reverse("office:unit_change_posts", args=[change.pk])
    aino = Mandate.objects.get(party=cast.parties["aino"])
    olavi = Mandate.objects.get(party=cast.parties["olavi"])
    chosen = {f"post_{aino.pk}": "move", f"post_{olavi.pk}": "settle", "settle_until": "31.12.2027"}
    done = office.post(done.headers["Location"], chosen)
    assert done.headers["Location"] == reverse("office:unit_change", args=[change.pk])
    page = text(office.get(done.headers["Location"]))
    assert "Tämä on esteenä" not in page
    assert "Metsänomistaja" in page
    assert "Sihteeri Aino" in page
    assert "Toteuta muutos" in page
    done = office.post(reverse("office:unit_change_plan", args=[change.pk]))
    assert done.headers["Location"].startswith("/toimisto/tyot/")
    worked_off()
    change.refresh_from_db()
    assert change.state == ChangeState.DONE
    page = text(office.get(reverse("office:unit_change", args=[change.pk])))
    assert "Kumoa muutos" in page
    assert a.name not in text(office.get(reverse("office:units")))
    assert "päättyi 21.11.2026" in text(office.get(reverse("office:unit_tree")))
    undo = reverse("office:unit_change_undo", args=[change.pk])
    assert "Kumotaanko muutos?" in text(office.get(undo))
    office.post(undo)
    worked_off()
    assert OrgUnit.objects.get(pk=a.pk).valid_to is None
    page = text(office.get(reverse("office:unit_change", args=[change.pk])))
    assert "Kaikki on kuten ennen muutosta" in page


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "Valitse"),
        ({"first": "a"}, "vähintään kahdesta"),
        ({"first": "a", "target": "a"}, "ei voi jatkaa"),
        ({"first": "a", "second": "a", "target": "a3"}, "jo nimetty"),
        ({"first": "a", "second": "a3"}, "uuden yksikön nimi"),
        ({"first": "a", "target": "region1"}, "saman tason"),
        ({"first": "a", "target": "a3", "effective_on": "1.1.2020"}, "22.11.2025"),
    ],
)
def test_what_cannot_be_drawn_up_is_said_beside_the_field(
    cast: Cast, office: Client, data: dict[str, str], words: str
) -> None:
    named = {name: cast.units[value].pk if value in cast.units else value for name, value in data.items()}
    response = office.post(reverse("office:unit_change_new", args=["merge"]), WHEN | named)
    assert response.status_code == 200
    assert words in text(response)
    assert "Syyskokous" in text(response)
    assert not OrgChange.objects.exists()


def test_a_division_by_named_members(cast: Cast, office: Client) -> None:
    done = office.post(
        reverse("office:unit_change_new", args=["split"]),
        {"first": cast.units["a"].pk, "name_fi": "Itäkylän tuottajayhdistys"} | WHEN,
    )
    division = done.headers["Location"]
    assert division.endswith("/jako/")
    wrong = office.post(division, {"division": "picked", "numbers": "20479-8 x"})
    assert "Ei löytynyt" in text(wrong)
    nothing = office.post(division, {"division": "municipality"})
    assert "ainakin yksi kunta" in text(nothing)
    maija = cast.parties["maija"]
    done = office.post(division, {"division": "picked", "numbers": make_member_number(maija.member_number)})
    change = OrgChange.objects.get()
    assert change.picked == [maija.pk]
    done = office.post(done.headers["Location"], _posts_of(change))
    assert done.headers["Location"].endswith("/uusi-yksikko/")
    done = office.post(done.headers["Location"], {"like": cast.units["a"].pk, "copy_fees": "on"})
    page = text(office.get(done.headers["Location"]))
    assert "1 nimetty jäsen" in page
    office.post(reverse("office:unit_change_plan", args=[change.pk]))
    worked_off()
    new = OrgUnit.objects.get(name_fi="Itäkylän tuottajayhdistys")
    assert Membership.objects.get(unit=new).party == maija


def _posts_of(change: OrgChange) -> dict[str, str]:
    return {f"post_{m.pk}": "stay" for m in Mandate.objects.filter(unit__in=change.sources)}


def test_a_move_shows_whose_view_changes(cast: Cast, office: Client) -> None:
    change = move(cast, "a", "region2")
    page = text(office.get(reverse("office:unit_change", args=[change.pk])))
    assert "Taloudenhoitaja Tiina" in page
    done = office.post(reverse("office:unit_change_plan", args=[change.pk]))
    assert done.status_code == 302
    worked_off()
    assert cast.units["a"].pk not in _reach(cast, "tiina")


def _reach(cast: Cast, name: str) -> frozenset[int]:
    return Scope.for_user(cast.users[name], on=TODAY).unit_ids("members.view")


def test_what_is_in_the_way_is_told_with_the_way_out(cast: Cast, office: Client) -> None:
    batch = ImportBatch.objects.create(unit=cast.units["a"], file_name="x.csv", sha256="0", state="checked")
    runs.decided(cast.units["a"], runs.flat("perus", "40.00"))
    run = runs.make_run(cast.units["a"], cast.units["a"])
    both = person(cast, "Kaino", "Kaksi", units={"a": "personal", "a3": "student"})
    change = merge(cast, ["a"], "a3")
    page = text(office.get(reverse("office:unit_change", args=[change.pk])))
    for url in (
        reverse("office:import", args=[batch.pk]),
        reverse("office:run", args=[run.pk]),
        reverse("office:member", args=[both.pk]),
    ):
        assert f'href="{url}"' in page
    assert "Toteuta muutos" not in page
    office.post(reverse("office:unit_change_plan", args=[change.pk]))
    change.refresh_from_db()
    assert change.state == ChangeState.PLANNED
    assert "organisaation muutos odottaa" in text(office.get(reverse("office:home")))


def test_a_plan_ahead_is_in_the_tree_of_its_day(cast: Cast, office: Client) -> None:
    day = TODAY + timedelta(days=60)
    drafting.plan(change=merge(cast, ["a", "a3"], on=day), actor=cast.users["riitta"], at=clock.now())
    page = text(office.get(reverse("office:unit_tree"), {"pvm": format_date(day)}))
    assert "Uusi tuottajayhdistys" in page
    assert "suunniteltu" in page
    assert "päättyi" in page
    before = text(office.get(reverse("office:unit_tree"), {"pvm": format_date(day - timedelta(days=1))}))
    assert "Uusi tuottajayhdistys" not in before


def test_the_tree_of_a_day_before_names_what_was_then(cast: Cast, office: Client) -> None:
    with clock.frozen(TODAY):
        units.update_unit(unit=cast.units["a"], values={"name_fi": "Toinen nimi"}, actor=None)
    change = Change.objects.filter(table_name="members_orgunit", op="U").latest("pk")
    day = change.at.date() - timedelta(days=1)
    page = text(office.get(reverse("office:unit_tree"), {"pvm": format_date(day)}))
    assert "Kuusilahden tuottajayhdistys" in page
    assert "Toinen nimi" not in page
    assert "Toinen nimi" in text(office.get(reverse("office:units")))
    nothing = text(office.get(reverse("office:unit_tree"), {"pvm": "1.1.2019"}))
    assert "ei ollut yksiköitä" in nothing


def test_whoever_may_not_finds_nothing(cast: Cast, client: Client) -> None:
    change = split(cast, "a", division="municipality", municipalities=["905"])
    names = ["", "_edit", "_division", "_posts", "_like", "_remove", "_undo"]
    posts = ["_plan", "_reopen", "_begin", "_go_on"]
    for name in ("aino", "bo", "tiina", "kaarlo", "ulla"):
        cast.sign_in(client, name)
        assert client.get(reverse("office:unit_changes")).status_code == 404
        assert client.get(reverse("office:unit_change_new", args=["merge"])).status_code == 404
        for end in names:
            assert client.get(reverse(f"office:unit_change{end}", args=[change.pk])).status_code == 404
        for end in posts:
            assert client.post(reverse(f"office:unit_change{end}", args=[change.pk])).status_code == 404
    change.refresh_from_db()
    assert change.state == ChangeState.DRAFT


def test_somebody_of_half_the_federation_does_not_change_the_other_half(cast: Cast, client: Client) -> None:
    """A role with the right over one region: neither units nor changes of the other are there."""
    with mutation(actor=None, kind="test"):
        Mandate.objects.filter(party=cast.parties["riitta"]).update(unit=cast.units["region1"])
    cast.sign_in(client, "riitta")
    data = {"first": cast.units["a"].pk, "target": cast.units["b"].pk} | WHEN
    response = client.post(reverse("office:unit_change_new", args=["merge"]), data)
    assert response.status_code == 200
    assert not OrgChange.objects.exists()
    change = merge(cast, ["a"], "b")
    assert client.get(reverse("office:unit_change", args=[change.pk])).status_code == 404


def test_tree_of_a_day_within_ones_reach(cast: Cast, client: Client) -> None:
    cast.sign_in(client, "bo")
    page = text(client.get(reverse("office:unit_tree")))
    assert "Strandby producentförening" in page
    assert "Granviks" not in page
    cast.sign_in(client, "ulla")
    assert client.get(reverse("office:unit_tree")).status_code == 404


def test_a_job_somebody_cancelled_goes_on_or_back(cast: Cast, office: Client) -> None:
    change = drafting.plan(change=merge(cast, ["a"], "a3"), actor=cast.users["riitta"], at=clock.now())
    job = carrying_out.begin(change=change, on=TODAY)
    cancel(job_id=job.pk)
    page = text(office.get(reverse("office:unit_change", args=[change.pk])))
    assert "Työ on pysähtynyt" in page
    office.post(reverse("office:unit_change_go_on", args=[change.pk]))
    worked_off()
    change.refresh_from_db()
    assert change.state == ChangeState.DONE


def test_ended_units_are_offered_nowhere_new(cast: Cast, office: Client) -> None:
    change = carried_out(cast, merge(cast, ["a", "a3"]))
    page = text(office.get(reverse("office:unit_change_new", args=["merge"])))
    assert str(made(change)) in page
    assert "Kuusilahden" not in page
    assert "Kuusilahden" not in text(office.get(reverse("public:join_index")))
