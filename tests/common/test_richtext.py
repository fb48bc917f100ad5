"""Plain formatting: what people write becomes these few tags, and nothing else ever."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasenpalvelu.common.richtext import TAGS, draw, words


@pytest.mark.parametrize(
    ("written", "drawn"),
    [
        ("Hei", "<p>Hei</p>"),
        ("Yksi\n\nKaksi", "<p>Yksi</p><p>Kaksi</p>"),
        ("Yksi\r\nrivi", "<p>Yksi<br>rivi</p>"),
        ("## Ohjelma\nKahvi", "<h2>Ohjelma</h2><p>Kahvi</p>"),
        ("- yksi\n- kaksi", "<ul><li>yksi</li><li>kaksi</li></ul>"),
        ("Tuo:\n1. kortti\n2. kynä", "<p>Tuo:</p><ol><li>kortti</li><li>kynä</li></ol>"),
        ("**lihava** ja *kursiivi*", "<p><strong>lihava</strong> ja <em>kursiivi</em></p>"),
        ("2 * 3 * 4 = 24", "<p>2 * 3 * 4 = 24</p>"),
        (
            "[Ilmoittaudu](https://esimerkki.fi/a_b?x=1&y=2)",
            '<p><a href="https://esimerkki.fi/a_b?x=1&amp;y=2" rel="noopener noreferrer">Ilmoittaudu</a></p>',
        ),
        (
            "Lue https://esimerkki.fi/sivu.",
            '<p>Lue <a href="https://esimerkki.fi/sivu" rel="noopener noreferrer">https://esimerkki.fi/sivu</a>.</p>',
        ),
        ("", ""),
    ],
)
def test_what_is_written_is_drawn(written: str, drawn: str) -> None:
    assert draw(written) == drawn


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "[klikkaa](javascript:alert(1))",
        "[klikkaa](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        '[x"onmouseover="alert(1)](https://esimerkki.fi/"onmouseover="alert(1))',
        "<iframe src=https://esimerkki.fi></iframe>",
        "**<svg/onload=alert(1)>**",
        "## <style>*{display:none}</style>",
    ],
)
def test_nothing_else_comes_to_the_page(hostile: str) -> None:
    html = draw(hostile)
    assert set(re.findall(r"<(\w+)", html)) <= TAGS
    for tag in re.findall(r"<[^>]*>", html):
        assert "onmouseover" not in tag.partition('href="')[0]
        assert not re.search(r"javascript:|data:", tag, re.IGNORECASE)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
def test_whatever_is_written_only_the_few_tags_come_out(text: str) -> None:
    html = draw(text)
    assert set(re.findall(r"<\s*/?\s*([a-zA-Z]\w*)", html)) <= TAGS
    assert not re.search(r"<[^>]*\son\w+\s*=", html)


def test_the_beginning_is_cut_between_words_and_without_marks() -> None:
    assert (
        words("## Kevätkokous\n\n- **Kahvi** klo 9 [ohjelma](https://esimerkki.fi)")
        == "Kevätkokous: Kahvi klo 9 ohjelma"
    )
    assert (
        words("## Ohjelma\n\n- kahvi klo 17.30\n- kokous klo 18\n\nIlmoita tulostasi\ntoimistoon")
        == "Ohjelma: kahvi klo 17.30, kokous klo 18. Ilmoita tulostasi toimistoon"
    )
    assert words("Hei!\n\nTule.") == "Hei! Tule."
    cut = words("sana " * 100, 50)
    assert len(cut) <= 53
    assert cut.endswith("sana …")
