"""The same letter as plain text: for those who read so, and for programs that trust no letter without one. Pure."""

from __future__ import annotations

import re

from django.utils import translation
from django.utils.translation import gettext as _

from communications.letters import blocks as parts
from communications.letters import fields
from communications.letters.blocks import Block
from communications.letters.drawing import Letter, foot_lines, foot_links

_LINK = re.compile(r"\[([^\[\]\n]{1,300})\]\(([^\s()]{1,1000})\)")
_BOLD, _ITALIC = (
    re.compile(r"\*\*(\S(?:[^*\n]*\S)?)\*\*"),
    re.compile(r"(?<![\w*])\*(\S(?:[^*\n]*\S)?)\*(?![\w*])"),
)
_HEADING = re.compile(r"(?m)^\s*#{1,4}\s+")


def text(letter: Letter) -> str:
    with translation.override(letter.language):
        told = [_part(block, letter) for block in letter.blocks]
        lines = [*foot_lines(letter), *(f"{words}: {url}" for words, url in foot_links(letter))]
    name = letter.look.name(letter.language)
    return "\n\n".join([name, *(part for part in told if part), "-- \n" + "\n".join(lines)]) + "\n"


def words(written: str) -> str:
    """Marks away, addresses beside their words."""
    bare = _LINK.sub(
        lambda found: found[1] if found[1] == found[2] else f"{found[1]} ({found[2]})",
        fields.canonical(written),
    )
    bare = _ITALIC.sub(r"\1", _BOLD.sub(r"\1", _HEADING.sub("", bare)))
    return "\n".join(line.rstrip() for line in bare.splitlines()).strip()


def _part(block: Block, letter: Letter) -> str:
    kind = block["kind"]
    if kind == "heading":
        line = fields.canonical(block["text"])
        return f"{line}\n{'=' * min(len(line), 60)}" if line else ""
    if kind == "text":
        return words(block["text"])
    if kind == "image":
        return _image(block)
    if kind == "button":
        return f"{fields.canonical(block['text'])}:\n{block['url']}" if parts.is_url(block["url"]) else ""
    if kind == "poll":
        return _poll(block, letter)
    if kind == "columns":
        return "\n\n".join(filter(None, (_side(block, side) for side in ("left", "right"))))
    return "-" * 30


def _image(block: Block) -> str:
    told = [_("[Picture: %(alt)s]") % {"alt": fields.PLACE.sub("", fields.canonical(block["alt"]))}]
    if block["caption"]:
        told.append(fields.canonical(block["caption"]))
    if parts.is_url(block["url"]):
        told.append(block["url"])
    return "\n".join(told)


def _poll(block: Block, letter: Letter) -> str:
    poll = letter.polls.get(int(block["poll"])) if block["poll"].isdigit() else None
    if poll is None:
        return ""
    return "\n".join(
        [
            *([poll.question] if poll.question else []),
            *(f"- {words}: {url}" for words, url in poll.choices),
            *([poll.note] if poll.note else []),
        ]
    )


def _side(block: Block, side: str) -> str:
    url, link = block[f"{side}_url"], fields.canonical(block[f"{side}_button"])
    told = [fields.canonical(block[f"{side}_heading"]), words(block[f"{side}_text"])]
    if link and parts.is_url(url):
        told.append(f"{link}: {url}")
    return "\n".join(filter(None, told))
