"""The guards of the other tests do find what they look for."""

import socket

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.template import Context, Template, engines

from jasenpalvelu.common import clock
from tests import guards

FINDS = pytest.fail.Exception


@pytest.mark.django_db
def test_a_get_that_writes_fails() -> None:
    with guards.reading_only(), pytest.raises(FINDS, match="may only read"), connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET email = email")


@pytest.mark.django_db
def test_a_get_may_read_and_keep_its_session() -> None:
    with guards.reading_only():
        Session.objects.create(session_key="x" * 32, session_data="", expire_date=clock.now())
        assert Session.objects.count() == 1


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<style>p {}</style>",
        '<p style="color: red">x</p>',
        '<button onclick="go()">x</button>',
        '<div hx-on:click="go()">x</div>',
        '<a href="javascript:go()">x</a>',
        "<p>{{ name }}</p>",
        "<p>{% translate %}</p>",
    ],
)
def test_what_the_browser_would_refuse_fails(html: str) -> None:
    with pytest.raises(FINDS):
        guards.check_page(html)


def test_a_clean_page_passes() -> None:
    guards.check_page(
        '<script src="/a.js"></script><script nonce="n">1</script><script type="application/json">{"{{": 1}</script>'
        '<style nonce="n">p {}</style><code>{{ shown }}</code><p class="on">ok</p>'
    )


def test_undefined_variables_of_our_templates_fail() -> None:
    engine = engines["django"].engine
    inside = Template("{{ missing }}", engine=engine)
    inside.origin.name = str(engine.dirs[0] / "own.html")
    with pytest.raises(FINDS, match="missing"):
        inside.render(Context())
    assert Template("{% if missing %}x{% endif %}", engine=engine).render(Context()) == ""


@pytest.mark.django_db
def test_unordered_rows_come_in_random_order() -> None:
    for number in range(30):
        Session.objects.create(session_key=f"{number:032}", session_data="", expire_date=clock.now())
    seen = {tuple(Session.objects.values_list("session_key", flat=True)) for _ in range(5)}
    assert len(seen) > 1
    ordered = {tuple(Session.objects.order_by("pk").values_list("session_key", flat=True)) for _ in range(5)}
    assert len(ordered) == 1
    assert Session.objects.filter(pk__in=Session.objects.all()).count() == 30
    assert Session.objects.values("expire_date").distinct().count() >= 1


def test_no_other_machine_is_reached() -> None:
    with socket.socket() as outside, pytest.raises(FINDS, match="tried to reach"):
        outside.connect(("192.0.2.1", 80))
