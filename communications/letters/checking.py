"""What is wrong with the words of a letter before it is sent: what stops it, and what only warns. Pure.

What is found is said by code, with what it is about; the page has the words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from communications.letters import blocks as parts
from communications.letters import fields
from communications.letters.blocks import Block

# Gmail cuts a letter that is longer, and with it the link to stop letters.
LARGEST_HTML = 102 * 1024
SHORTEST_SHOUT = 8


@dataclass(frozen=True)
class Finding:
    """`code` with what it tells: `language`, the block's id, `field` and the text. `stops` the letter from being sent."""

    code: str
    language: str = ""
    block: str = ""
    kind: str = ""
    field: str = ""
    told: str = ""
    stops: bool = True


def of_version(language: str, subject: str, preheader: str, blocks: list[Block]) -> list[Finding]:
    found = [*_of_subject(language, subject)]
    for name, text in (("subject", subject), ("preheader", preheader)):
        found += [Finding("field", language, field=name, told=fault.text) for fault in fields.faults(text)]
    if not any(not parts.is_empty(block) and block["kind"] != "divider" for block in blocks):
        found.append(Finding("empty", language))
    for block in blocks:
        found += [
            Finding(problem.code, language, block["id"], block["kind"], problem.field, problem.told)
            for problem in parts.problems(block)
        ]
    if len(parts.polls(blocks)) > 1:
        found.append(Finding("polls", language))
    return found


def _of_subject(language: str, subject: str) -> list[Finding]:
    if not subject.strip():
        return [Finding("subject", language)]
    letters = [character for character in fields.PLACE.sub("", subject) if character.isalpha()]
    shouts = len(letters) >= SHORTEST_SHOUT and all(character.isupper() for character in letters)
    return [Finding("shouting", language, told=subject, stops=False)] if shouts or "!!" in subject else []


def of_size(language: str, html: str) -> list[Finding]:
    size = len(html.encode())
    return [Finding("size", language, told=str(size // 1024), stops=False)] if size > LARGEST_HTML else []


def bare_fields(subject: str, preheader: str, blocks: list[Block]) -> dict[str, tuple[str, str]]:
    """Fields that say nothing where there is no value, each with the block it stands in first: its id and kind, "" in the subject."""
    found = dict.fromkeys((*fields.bare(subject), *fields.bare(preheader)), ("", ""))
    for block in blocks:
        for name in parts.KINDS[block["kind"]]:
            for code in fields.bare(block.get(name, "")):
                found.setdefault(code, (block["id"], block["kind"]))
    return found


def of_lacking(
    language: str, bare: Mapping[str, tuple[str, str]], lacking: Mapping[str, int]
) -> list[Finding]:
    """Fields that would be empty for somebody: `lacking` of `services.lacking.count`."""
    return [
        Finding("lacking", language, block, kind, field=code, told=str(lacking[code]), stops=False)
        for code, (block, kind) in bare.items()
        if code in lacking
    ]


def of_languages(there: set[str], people: Mapping[str, int]) -> list[Finding]:
    """Recipients whose language the letter does not speak; they get it in another one."""
    missing = {code: n for code, n in people.items() if n and code not in there}
    return [Finding("language", code, told=str(n), stops=False) for code, n in sorted(missing.items())]
