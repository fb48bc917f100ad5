"""The title of a run and of its invoices: as somebody wrote it, or the proposed one in the language of whoever reads it. Pure."""

import re
from collections.abc import Mapping

# As `Membership fees %(year)s` is proposed on the form of a new run.
PROPOSED: Mapping[str, str] = {"fi": "Jäsenmaksut", "sv": "Medlemsavgifter", "en": "Membership fees"}
_PROPOSED = re.compile(rf"({'|'.join(PROPOSED.values())}) (\d{{4}})")


def titled(title: str, language: str) -> str:
    """The title for a reader of the language. One left as it was proposed says the same in each; others stay as written."""
    found = _PROPOSED.fullmatch(title)
    return f"{PROPOSED[language]} {found[2]}" if found and language in PROPOSED else title
