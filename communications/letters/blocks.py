"""The blocks a letter is made of, as they are stored: what each kind holds, and whether it is in order. Pure.

A block is a dict with `id` (eight characters, its own for ever) and `kind`; the other keys are texts. `columns` holds two lists of
plain blocks. Text is written with the marks of `common.richtext`, never as HTML; it is drawn and sanitised anew each time.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from communications.letters import fields

Block = dict[str, Any]

# What each kind holds, with the longest text. "left" and "right" of columns are told in SIDES.
KINDS: dict[str, dict[str, int]] = {
    "heading": {"text": 120},
    "text": {"text": 8000},
    "image": {"image": 36, "alt": 200, "caption": 200, "url": 500},
    "button": {"text": 60, "url": 500},
    "poll": {"poll": 12},
    "columns": {
        "left_heading": 120, "left_text": 2000, "left_url": 500, "left_button": 60,
        "right_heading": 120, "right_text": 2000, "right_url": 500, "right_button": 60,
    },
    "divider": {},
}  # fmt: skip
MOST = 40
SCHEMES = {"https", "http", "mailto", "tel"}
_ID = re.compile(r"[0-9a-f]{8}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# Texts where merge fields may stand, and addresses.
WORDS = ("text", "caption", "left_heading", "left_text", "right_heading", "right_text")
URLS = ("url", "left_url", "right_url")
_LINKS = re.compile(
    r"\[[^\[\]\n]{1,300}\]\(([^\s()]{1,1000})\)|(https?://[^\s<>\"'()\[\]]+[^\s<>\"'()\[\].,;:!?])"
)


@dataclass(frozen=True)
class Problem:
    """What is wrong with a block. `field` is the key. `code`: missing, long, url, unknown_field, fallback, braces, alt, image, poll,
    button (words without an address or the other way round)."""

    block: str
    field: str
    code: str
    told: str = ""


class BlockError(ValueError):
    """What came is no block: of an unknown kind, with keys it does not have, or not of texts."""


def new(kind: str, **values: str) -> Block:
    return cleaned({"id": secrets.token_hex(4), "kind": kind, **values})


def cleaned(block: Any) -> Block:
    """The block with every key of its kind, in texts without control characters, cut at nothing. Raises BlockError."""
    kind = block.get("kind") if isinstance(block, dict) else None
    if kind not in KINDS:
        raise BlockError("kind")
    if not isinstance(block.get("id"), str) or not _ID.fullmatch(block["id"]):
        raise BlockError("id")
    if block.keys() - KINDS[kind].keys() - {"id", "kind"}:
        raise BlockError("keys")
    texts = {}
    for name in KINDS[kind]:
        value = block.get(name, "")
        if not isinstance(value, str):
            raise BlockError(name)
        texts[name] = _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return {"id": block["id"], "kind": kind, **texts}


def whole(block: Block) -> Block:
    """A kept block with every key of its kind, also one that was kept before the kind got another."""
    return {"id": "", **dict.fromkeys(KINDS[block["kind"]], ""), **block}


def digest(block: Block | None) -> str:
    """What somebody saw of the block: another digest when they save means that somebody else has been there."""
    told = json.dumps(block or {}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def is_empty(block: Block) -> bool:
    return block["kind"] != "divider" and not any(block[name] for name in KINDS[block["kind"]])


# --- problems -----------------------------------------------------------------------------------------------------------
def problems(block: Block) -> list[Problem]:
    """All that keeps the block from being sent."""
    return list(_problems(block))


def _problems(block: Block) -> Iterator[Problem]:
    pk, kind = block["id"], block["kind"]
    for name, longest in KINDS[kind].items():
        if len(block[name]) > longest:
            yield Problem(pk, name, "long", str(longest))
    for name in (*WORDS, "left_button", "right_button"):
        for fault in fields.faults(block.get(name, "")):
            yield Problem(pk, name, {"unknown": "unknown_field"}.get(fault.code, fault.code), fault.text)
    for name in URLS:
        if block.get(name) and not is_url(block[name]):
            yield Problem(pk, name, "url", block[name])
    yield from _BY_KIND.get(kind, _nothing)(block)


def _nothing(block: Block) -> Iterator[Problem]:
    return iter(())


def _words(block: Block) -> Iterator[Problem]:
    if not block["text"]:
        yield Problem(block["id"], "text", "missing")
    if block["kind"] == "text":
        yield from _links_in(block, "text")


def _image(block: Block) -> Iterator[Problem]:
    if image_key(block) is None:
        yield Problem(block["id"], "image", "image")
    if not block["alt"]:
        yield Problem(block["id"], "alt", "alt")


def _button(block: Block) -> Iterator[Problem]:
    for name in ("text", "url"):
        if not block[name]:
            yield Problem(block["id"], name, "missing")


def _poll(block: Block) -> Iterator[Problem]:
    if not block["poll"].isascii() or not block["poll"].isdigit():
        yield Problem(block["id"], "poll", "poll")


def _columns(block: Block) -> Iterator[Problem]:
    for side in ("left", "right"):
        if not block[f"{side}_heading"] and not block[f"{side}_text"]:
            yield Problem(block["id"], f"{side}_text", "missing")
        if bool(block[f"{side}_url"]) != bool(block[f"{side}_button"]):
            yield Problem(
                block["id"], f"{side}_url" if block[f"{side}_button"] else f"{side}_button", "missing"
            )
        yield from _links_in(block, f"{side}_text")


def _links_in(block: Block, name: str) -> Iterator[Problem]:
    for address in links_of_text(block[name]):
        if not is_url(address):
            yield Problem(block["id"], name, "url", address)


_BY_KIND = {
    "heading": _words,
    "text": _words,
    "image": _image,
    "button": _button,
    "poll": _poll,
    "columns": _columns,
}


# --- addresses ----------------------------------------------------------------------------------------------------------
def is_url(text: str) -> bool:
    """A whole address that a mail program opens; none that a merge field makes, which nobody could check."""
    if "{{" in text or any(character.isspace() for character in text):
        return False
    try:
        parts = urlsplit(text)
        if parts.scheme.lower() in {"mailto", "tel"}:
            return len(parts.path) > 2
        return (
            parts.scheme.lower() in SCHEMES
            and bool(parts.hostname)
            and not parts.username
            and "@" not in parts.netloc
        )
    except ValueError:
        return False


def links_of_text(text: str) -> list[str]:
    return [found[1] or found[2] for found in _LINKS.finditer(text)]


def links(blocks: Iterable[Block]) -> list[str]:
    """Every http(s) address of the letter, once, in its order: what is looked at before it is sent."""
    found: dict[str, None] = {}
    for block in blocks:
        for name in KINDS[block["kind"]]:
            told = [block[name]] if name in URLS else links_of_text(block[name]) if name in WORDS else []
            found |= {
                address: None for address in told if address.lower().startswith(("http://", "https://"))
            }
    return list(found)


def image_key(block: Block) -> UUID | None:
    try:
        return UUID(block["image"])
    except ValueError:
        return None


def images(blocks: Iterable[Block]) -> list[UUID]:
    return [key for block in blocks if block["kind"] == "image" and (key := image_key(block))]


def polls(blocks: Iterable[Block]) -> list[int]:
    return [int(block["poll"]) for block in blocks if block["kind"] == "poll" and block["poll"].isdigit()]


def summary(block: Block) -> str:
    """One line that tells the block from others in the list."""
    if block["kind"] == "columns":
        sides = [block[f"{side}_heading"] or block[f"{side}_text"] for side in ("left", "right")]
        return " | ".join(" ".join(fields.shown(side).split())[:40] for side in sides if side)
    told = fields.shown(block.get("alt") or block.get("text") or block.get("url") or "")
    return " ".join(told.split())[:80]
