"""Who gets what from every address, agreed in `permission_matrix.txt`: every URL, GET and an empty POST, each role.

The objects asked for belong to association A (`tests/scenery.py`). After a change that is meant, write the table anew and
review its difference: PERMISSION_MATRIX=write script/test -n 0 tests/test_permission_matrix.py
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.models import Mutation
from jasenpalvelu.common import clock
from tests import scenery as scene
from tests.addresses import Address, addresses, maintenance_addresses
from tests.cast import TODAY, Cast
from tests.scenery import Scenery

TABLE = Path(__file__).with_name("permission_matrix.txt")
WRITING = os.environ.get("PERMISSION_MATRIX") == "write"
METHODS = ("GET", "POST")
ROLES = {
    "anonymous": "nobody is logged in",
    "ulla": "a login and nothing else",
    "maija": "member of A",
    "aino": "secretary of A",
    "olavi": "treasurer of A",
    "bo": "secretary of B, in another region",
    "tiina": "treasurer of the region above A",
    "riitta": "register manager of the union",
    "kaarlo": "custodian of non-disclosure orders",
}
# What these answer depends on the machine, not on who asks.
VARYING = {"health_everything", "health_ready"}
# The model file for imports has an example row in it, about nobody.
WITH_AN_EXAMPLE = {"office:import_template"}
# Parameters that name a format, not a thing.
FORMATS = {"kind", "form"}
FACTOR = ("/tili/turva/?next=", "/tili/varmista/tunnusluku/?next=")
NAMES_OF_A = ("Metsäpelto", "1572860-0", "Kuusilahden", "Niittyvirta", "Lehtokorpi", "O&#x27;Brien", "Hakija")

Results = dict[tuple[str, str], str]


@pytest.fixture
def scenery(cast: Cast) -> Iterator[Scenery]:
    with clock.frozen(TODAY):
        yield scene.build(cast)


class Visitor:
    """One role with its session; what a request changes is rolled back after it."""

    def __init__(self, scenery: Scenery, role: str, *, second_factor: bool = True) -> None:
        self.scenery, self.role = scenery, role
        self.client = Client()
        if role != "anonymous" and second_factor:
            scenery.cast.sign_in(self.client, role)
        elif role != "anonymous":
            self.client.force_login(scenery.cast.users[role])
        self.cookies = {name: morsel.value for name, morsel in self.client.cookies.items()}

    def ask(self, method: str, url: str, data: dict[str, Any] | None = None) -> Any:
        cache.clear()
        client = self.client
        client.cookies.clear()
        client.cookies.load(self.cookies)
        with transaction.atomic():
            acts = Mutation.objects.count()
            response = client.generic(method, url) if data is None else client.post(url, data)
            response.acts = Mutation.objects.count() - acts
            body = b"".join(response.streaming_content) if response.streaming else response.content
            response.text_shown = body.decode("utf-8", "replace")
            transaction.set_rollback(True)
        return response

    def visit(self, address: Address, method: str) -> Any:
        return self.ask(method, reverse(address.name, kwargs=self.scenery.arguments(address)))


def outcome(address: Address, response: Any) -> str:
    """The status; "login" and "factor" where the way leads there."""
    if address.name in VARYING:
        return "any"
    there = response.headers.get("Location", "")
    if response.status_code == 302 and there.startswith("/tili/kirjaudu/?next="):
        return "login"
    if response.status_code == 302 and there.startswith(FACTOR):
        return "factor"
    return str(response.status_code)


def faults_of(role: str, address: Address, method: str, response: Any, scenery: Scenery) -> list[str]:
    """What may never be, whatever the table says."""
    found, status, shown = [], response.status_code, response.text_shown
    here = f"{role} {method} {address.name}: {status}"
    office, own = address.face == "office", bool(set(address.parameters) - FORMATS)
    if role == "anonymous" and address.needs_login and outcome(address, response) != "login":
        found.append(f"{here}, without a login")
    if office and role in {"ulla", "maija"} and status not in {404, 405}:
        found.append(f"{here}, for somebody without a post")
    if office and own and role == "bo" and (status not in {404, 405} or response.acts):
        found.append(f"{here}, for somebody of another association")
    if office and status == 200 and role == "bo" and address.name not in WITH_AN_EXAMPLE:
        found += [f"{here} names {name} of A" for name in NAMES_OF_A if name in shown]
    if status == 200 and address.face in {"office", "portal", ""}:
        found += [f"{here} shows {text}" for text in scenery.hidden if text in shown]
    if method == "GET" and response.acts:
        found.append(f"{here} changes something")
    return found


@pytest.mark.parametrize("role", ROLES)
def test_every_address_answers_as_agreed(role: str, scenery: Scenery) -> None:
    visitor = Visitor(scenery, role)
    results: Results = {}
    faults: list[str] = []
    for address in addresses():
        for method in METHODS:
            response = visitor.visit(address, method)
            results[address.name, method] = outcome(address, response)
            faults += faults_of(role, address, method, response, scenery)
    assert faults == []
    if WRITING:
        write(role, results)
    agreed = read().get(role, {})
    assert {key: (agreed.get(key), found) for key, found in results.items() if agreed.get(key) != found} == {}


def test_the_table_names_every_address_and_no_other() -> None:
    expected = {(address.name, method) for address in addresses() for method in METHODS}
    for role in ROLES:
        assert set(read().get(role, {})) == expected


def test_the_maintenance_site_is_closed_to_everyone_here(scenery: Scenery) -> None:
    for role in ROLES:
        visitor = Visitor(scenery, role)
        for address in maintenance_addresses():
            if not address.parameters:
                response = visitor.visit(address, "GET")
                assert response.status_code in {302, 403, 404}, (role, address.name)


@pytest.mark.parametrize("role", ["aino", "olavi", "riitta"])
def test_without_the_second_factor_there_is_no_office(role: str, scenery: Scenery) -> None:
    visitor = Visitor(scenery, role, second_factor=False)
    for address in addresses():
        if address.face in {"office", "portal"}:
            for method in METHODS:
                response = visitor.visit(address, method)
                assert response.status_code == 302, (address.name, method)
                assert response.headers["Location"].startswith(FACTOR), (address.name, method)
                assert response.acts == 0


# --- what the body of a request names ---------------------------------------------------------------------------------
def _forged(scenery: Scenery) -> list[tuple[str, dict[str, Any]]]:
    """Requests to pages Bo may open, naming things of A."""
    things, cast = scenery.things, scenery.cast
    a, maija = cast.units["a"].pk, cast.parties["maija"].pk
    personal = cast.types["personal"].pk
    return [
        (reverse("office:applications"), {"valittu": things["application* pk"], "paatos": "hyvaksy", "decided_on": "22.11.2026", "section": "1"}),
        (reverse("office:member_add") + f"?yhdistys={a}", {"first_names": "A", "last_name": "B", "type": personal, "entry": "decided", "started_on": "1.1.2026"}),
        (reverse("office:invoice_documents"), {"lasku": things["invoice* pk"], "muoto": "pdf"}),
        (reverse("office:matching"), {"row": things["unmatch pk"], "target": things["invoice* pk"]}),
        (reverse("office:fee_table_new"), {"unit": a, "year": 2028, "source": "empty"}),
        (reverse("office:run_new") + f"?velkoja={a}", {"title": "X", "year": 2026, "units": a}),
        (reverse("office:payment_new"), {"unit": a, "amount": "5", "paid_on": "1.2.2026", "payer_name": "N", "key": "7b1c3b1e-6a3c-4a55-a9a1-0d6f3b6f0001"}),
        (reverse("office:switch"), {"post": cast.users["aino"].pk}),
        (reverse("office:member_edit", args=[maija]), {"first_names": "X", "last_name": "Y"}),
    ]  # fmt: skip


def test_naming_a_thing_of_another_association_in_a_form_changes_nothing(scenery: Scenery) -> None:
    bo = Visitor(scenery, "bo")
    done = []
    for url, data in _forged(scenery):
        response = bo.ask("POST", url, data)
        assert response.status_code in {200, 302, 404, 405, 422}, url
        if response.acts or any(name in response.text_shown for name in NAMES_OF_A):
            done.append((url, response.status_code, response.acts))
    assert done == []


def test_naming_another_association_in_an_address_shows_nothing(scenery: Scenery) -> None:
    """Filters and choices that travel in the address: A's key under every name the pages use."""
    bo, key = Visitor(scenery, "bo"), str(scenery.cast.units["a"].pk)
    names = ("yhdistys", "yksikko", "unit", "velkoja", "ajo", "maksaja", "tiedosto", "jasen")
    asked = [f"{name}={key}" for name in names] + ["q=Metsäpelto", "q=Lehtokorpi", "q=1572860-0"]
    lists = [address for address in addresses() if address.face == "office" and not address.parameters]
    found = []
    for address in lists:
        for query in asked:
            response = bo.ask("GET", f"{reverse(address.name)}?{query}")
            shown = response.text_shown.replace(query.partition("=")[2], "")
            if any(text in shown for text in NAMES_OF_A):
                found.append(f"{address.name}?{query}")
    assert found == []


# --- the table as a file ----------------------------------------------------------------------------------------------
def read() -> dict[str, Results]:
    """Role → (address, method) → outcome."""
    text = TABLE.read_text() if TABLE.exists() else ""
    if not text:
        return {}
    lines = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    roles = lines[0][2:]
    return {role: {(row[0], row[1]): row[place] for row in lines[1:]} for place, role in enumerate(roles, 2)}


def write(role: str, results: Results) -> None:
    """Put one role's column into the file; the others stay."""
    with TABLE.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        table = {**read(), role: results}
        TABLE.write_text(_text(table, sorted(results)))


def _line(wide: int, name: str, method: str, *cells: str) -> str:
    return f"{name:{wide}} {method:6} {' '.join(f'{cell:9}' for cell in cells)}".rstrip()


def _text(table: dict[str, Results], keys: list[tuple[str, str]]) -> str:
    roles = [role for role in ROLES if role in table]
    wide = max(len(name) for name, _method in keys)
    rows = [
        _line(wide, name, method, *(table[role].get((name, method), "-") for role in roles))
        for name, method in keys
    ]
    head = [
        "# Every address, asked with GET and with an empty POST, by each role; the objects are association A's.",
        "# login: sent to log in · factor: sent to the second factor · 404: for this person it does not exist.",
        *(f"# {role}: {ROLES[role]}" for role in roles),
    ]
    return "\n".join([*head, _line(wide, "address", "method", *roles), *rows]) + "\n"
