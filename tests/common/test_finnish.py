"""Finnish words are found by their bases, other words as they are written."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from jasenpalvelu.common import finnish


def test_bases_and_the_parts_of_compounds() -> None:
    if not finnish.bases("kokousten"):
        return  # a machine without libvoikko searches words as they are written
    assert finnish.bases("kokousten") == {"kokous"}
    assert {"kokousmuistio", "kokous", "muistio"} <= set(finnish.terms_of("Kokousmuistiot"))


def test_swedish_and_names_are_kept_as_written() -> None:
    assert {"arsmote", "obrien"} <= set(finnish.terms_of("Årsmöte O'Brien"))
    assert finnish.query("Årsm").startswith("('arsm':*")


def test_nothing_typed_asks_nothing() -> None:
    assert finnish.query("  ?! ") == ""


@given(st.text(max_size=120))
def test_whatever_is_typed_is_a_query_of_quoted_words(text: str) -> None:
    assert re.fullmatch(r"(\((?:'\w+'(?::\*)?(?: \| )?)+\)(?: & )?)*", finnish.query(text))
