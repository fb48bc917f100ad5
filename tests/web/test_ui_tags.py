"""The tag library: what numbers and days look like, and what the parts print."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.contrib.messages.storage.base import Message
from django.template import Context, RequestContext, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils import translation

from jasenpalvelu.common.forms import OptionLabel, UiForm, sized
from jasenpalvelu.common.keyset import Page
from jasenpalvelu.common.parts import Event, Figure, Step, Tab
from jasenpalvelu.common.tables import Column, Table
from jasenpalvelu.web.ui.icons import UnknownIcon, drawings


def render(source: str, **values: Any) -> str:
    return Template("{% load ui %}" + source).render(Context(values))


def render_request(source: str, path: str = "/", **values: Any) -> str:
    return Template("{% load ui %}" + source).render(RequestContext(RequestFactory().get(path), values))


def test_a_telephone_number_has_one_grouping_and_a_link_without_spaces() -> None:
    for written in ("050 555 24386", "+358505552 4386", "0505552-4386"):
        assert render("{{ v|phone }} {{ v|tel }}", v=written) == "050\u00a05552\u00a04386 +3585055524386"
    assert render("{{ v|phone }} {{ v|tel }}", v="kysy keskuksesta") == "kysy keskuksesta kysykeskuksesta"


@pytest.mark.parametrize(
    ("source", "value", "fi", "en"),
    [
        ("{{ v|money }}", Decimal("1234.5"), "1 234,50 €", "1 234.50 €"),
        ("{{ v|money }}", Decimal("-0.005"), "−0,01 €", "−0.01 €"),
        ("{{ v|amount }}", Decimal("81928.92"), "81 928,92", "81 928.92"),
        ("{{ v|signed }}", Decimal("824.18"), "+824,18", "+824.18"),
        ("{{ v|signed }}", Decimal(-192), "−192,00", "−192.00"),
        ("{{ v|signed }}", 18, "+18", "+18"),
        ("{{ v|signed }}", 0, "0", "0"),
        ("{{ v|number }}", 1036, "1 036", "1 036"),
        ("{{ v|quantity }}", Decimal("48.3"), "48,30", "48.30"),
        ("{{ v|percent }}", Decimal("0.863"), "86,3 %", "86.3 %"),
        ("{{ v|percent:0 }}", 0.5, "50 %", "50 %"),
        ("{{ v|day }}", date(2026, 2, 1), "1.2.2026", "1.2.2026"),
        ("{{ v|day }}", datetime(2026, 11, 21, 23, 30, tzinfo=UTC), "22.11.2026", "22.11.2026"),
        (
            "{{ v|daytime }}",
            datetime(2026, 11, 22, 6, 42, tzinfo=UTC),
            "22.11.2026 klo 8.42",
            "22.11.2026 8:42",
        ),
        ("{{ v|isodate }}", date(2026, 11, 22), "2026-11-22", "2026-11-22"),
    ],
)
def test_values_by_language(source: str, value: Any, fi: str, en: str) -> None:
    with translation.override("fi"):
        assert render(source, v=value).replace("\N{NO-BREAK SPACE}", " ") == fi
    with translation.override("en"):
        assert render(source, v=value).replace("\N{NO-BREAK SPACE}", " ") == en


@pytest.mark.parametrize(
    "name", ["money", "amount", "signed", "number", "quantity", "percent", "day", "daytime", "clock"]
)
def test_nothing_is_a_dash(name: str) -> None:
    assert render(f"{{{{ v|{name} }}}}", v=None) == "–"


def test_numbers_never_break_over_lines() -> None:
    assert " " not in render("{{ v|money }}", v=Decimal("1234567.89"))


def test_icons_are_drawn_and_unknown_ones_refused() -> None:
    assert len(drawings()) == 68
    assert 'aria-hidden="true"' in render('{% icon "mail" "s" %}')
    assert 'role="img" aria-label="Sulje"' in render('{% icon "close" label="Sulje" %}')
    with pytest.raises(UnknownIcon):
        render('{% icon "unicorn" %}')


def test_a_chip_has_a_word_and_a_known_kind() -> None:
    assert render('{% chip "done" "Maksettu" %}') == '<span class="chip chip--done">Maksettu</span>'
    assert render('{% chip "" "Avoin" %}') == '<span class="chip">Avoin</span>'
    with pytest.raises(TemplateSyntaxError):
        render('{% chip "green" "Maksettu" %}')


def test_everything_given_is_escaped() -> None:
    evil = "<script>alert(1)</script>"
    sources = (
        '{% chip "done" v %}',
        "{% go v v %}",
        "{% pagehead v v %}{{ v }}{% endpagehead %}",
        "{% card v %}{{ v }}{% endcard %}",
        '{% notice "warn" v %}{{ v }}{% endnotice %}',
        '{% emptystate "people" v v %}{{ v }}{% endemptystate %}',
        '{% dialog "x" v %}{{ v }}{% enddialog %}',
        "{% copy_button v v %}",
        '{% icon "mail" label=v %}',
    )
    for source in sources:
        assert "<script" not in render(source, v=evil)


def test_page_head_leaves_out_what_is_empty() -> None:
    bare = render('{% pagehead "Jäsenet" %} {% endpagehead %}')
    assert "<h1>Jäsenet</h1>" in bare
    assert "lede" not in bare
    assert "actions" not in bare
    assert "actions" in render(
        '{% pagehead "Jäsenet" "1 036 jäsentä" %}<a href="/">Lisää</a>{% endpagehead %}'
    )


def test_parts_from_data() -> None:
    assert 'class="change">+18' in render("{% figures v %}", v=[Figure("Jäseniä", "1 284", change="+18")])
    assert 'class="total"' in render('{% kv v "sum" %}', v=[("Perusmaksu", "1 €"), ("Yhteensä", "1 €")])
    steps = render('{% stepper v 1 "Vaiheet" %}', v=[Step("Luonnos"), Step("Esikatselu"), Step("Lähetys")])
    assert steps.count('class="done"') == 1
    assert steps.count('aria-current="step"') == 1
    events = [
        Event(date(2026, 9, 14), "Vahvisti", main=True),
        Event(datetime(2026, 9, 13, 9, tzinfo=UTC), "Muutti"),
    ]
    timeline = render("{% timeline v %}", v=events)
    assert 'datetime="2026-09-14">14.9.2026<' in timeline
    assert 'class="main-event"' in timeline
    tabs = render('{% tabs v "Näkymät" %}', v=[Tab("Kaikki", "/", 1284, current=True), Tab("Uudet", "/u/")])
    assert tabs.count("aria-current") == 1
    assert "<span>" not in tabs.split("Uudet")[1]


def test_paging_keeps_the_filters_and_drops_the_old_cursor() -> None:
    page = Page(rows=[], next="n1", previous="")
    html = render_request("{% next_page page %}", "/?q=mets%C3%A4&kunta=1&kunta=2&jalkeen=old", page=page)
    assert "?q=mets%C3%A4&amp;kunta=1&amp;kunta=2&amp;jalkeen=n1" in html
    assert "old" not in html
    assert 'rel="prev"' not in html


def test_table_head_tells_the_order() -> None:
    columns = [
        Column("name", "Nimi", sort="nimi", row_header=True),
        Column("ha", "Peltoa, ha", num=True, phone=False),
    ]
    request = RequestFactory().get("/?q=a&jarjestys=nimi&jalkeen=x")
    html = render("{% table_head v %}", v=Table.of(columns, request.GET, default="nimi"))
    assert 'aria-sort="ascending"' in html
    assert 'href="?q=a&amp;jarjestys=-nimi"' in html
    assert 'class="num phone-off"' in html
    assert html.count("<a ") == 1


def test_a_cell_carries_its_header_for_the_phone() -> None:
    column = Column("ha", "Peltoa, ha", num=True, phone_header="Peltoa")
    assert (
        render("{% td v %}38,20{% endtd %}", v=column)
        == '<td role="cell" class="num" data-label="Peltoa">38,20</td>'
    )


class Join(UiForm):
    email = forms.EmailField(
        label="Sähköposti",
        help_text="Lähetämme vahvistuksen.",
        widget=sized(forms.EmailInput(), autocomplete="email"),
    )
    phone = forms.CharField(label="Puhelin", required=False)
    kind = forms.ChoiceField(
        label="Jäsenyys",
        choices=[("a", OptionLabel("Viljelijä", "Äänioikeus", "25,00 €")), ("b", "Kannattaja")],
        widget=sized(forms.RadioSelect(), look="options"),
    )
    ok = forms.BooleanField(label="Hyväksyn säännöt")


def test_a_field_is_tied_to_its_help() -> None:
    html = render("{% field form.email %}", form=Join())
    assert '<label for="id_email">Sähköposti</label>' in html
    assert 'aria-describedby="id_email_helptext"' in html
    assert 'autocomplete="email"' in html
    assert 'class="input"' in html
    assert " required" not in html


def test_a_refused_field_keeps_what_was_typed_beside_the_error() -> None:
    form = Join({"email": "ei-osoite<b>"})
    html = render("{% field form.email %}", form=form)
    assert 'value="ei-osoite&lt;b&gt;"' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_email_helptext id_email_error"' in html
    assert "field--error" in html


def test_optional_is_said_and_required_is_not() -> None:
    with translation.override("en"):
        assert "(optional)" in render("{% field form.phone %}", form=Join())
        assert "(optional)" not in render("{% field form.email %}", form=Join())


def test_choices_are_a_named_group() -> None:
    html = render("{% field form.kind %}", form=Join())
    assert "<fieldset" in html
    assert "<legend>Jäsenyys</legend>" in html
    assert html.count('type="radio"') == 2
    assert '<span class="side">25,00 €</span>' in html
    assert '<label for="id_kind_0">Viljelijä</label>' in html


def test_a_checkbox_has_its_label_after_it() -> None:
    html = render("{% field form.ok %}", form=Join())
    assert html.index('type="checkbox"') < html.index("Hyväksyn")


def test_the_summary_points_at_the_first_thing_to_repair() -> None:
    with translation.override("en"):
        html = render("{% error_summary form %}", form=Join({"email": "x"}))
    assert "Check 3 things" in html
    assert 'href="#id_email"' in html
    assert 'href="#id_kind_0"' in html
    assert "Jäsenyys: Choose one." in html
    assert ">Sähköposti: Enter a valid email address.</a>" in html
    assert "notice--danger" not in render("{% error_summary form %}", form=Join())


def test_the_title_begins_with_error_only_when_a_form_was_refused() -> None:
    with translation.override("fi"):
        refused = render_request("{% error_prefix %}", any_name=Join({"email": "x"}))
        fresh = render_request("{% error_prefix %}", any_name=Join())
    assert refused == "Virhe: "
    assert fresh == ""


def test_form_fields_prints_hidden_ones_too() -> None:
    class WithHidden(Join):
        token = forms.CharField(widget=forms.HiddenInput(), initial="abc")

    html = render("{% form_fields form %}", form=WithHidden())
    assert html.count('name="token"') == 1
    assert html.count('class="field"') == 4


@pytest.mark.parametrize(
    ("tags", "address"),
    [
        ("undo:/toimisto/kumoa/1/", "/toimisto/kumoa/1/"),
        ("undo://evil.example/", ""),
        ("undo:https://evil.example/", ""),
        ("", ""),
    ],
)
def test_undo_leads_only_into_this_site(tags: str, address: str) -> None:
    assert render("{{ m|undo_url }}", m=Message(25, "Siirretty", extra_tags=tags)) == address


def test_a_job_asks_for_news_only_while_it_is_alive() -> None:
    def job(state: str) -> SimpleNamespace:
        return SimpleNamespace(title="Tuonti", state=state, total=10, done=4, failed=0, message="")

    assert 'hx-trigger="every 2s"' in render('{% job_panel job "/tyo/1/" %}', job=job("running"))
    assert 'value="4"' in render('{% job_panel job "/tyo/1/" %}', job=job("running"))
    assert "hx-get" not in render('{% job_panel job "/tyo/1/" %}', job=job("done"))
