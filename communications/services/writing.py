"""Writing a letter: its facts, its languages, and its blocks one at a time (COM-1).

Two people may write the same letter. Every act takes the letter's row and works on what is there now; a part that somebody else has
saved since it was opened is not written over: the act is refused, with what is there, and the page shows both. Only a draft is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction

from communications.letters import blocks as parts
from communications.letters.blocks import Block
from communications.letters.languages import LANGUAGES
from communications.models import LetterPicture, LetterTemplate, Mailing, MailingState, MailingVersion
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import OrgUnit

HEAD = ("subject", "preheader")
DETAILS = ("title", "topic", "segment", "archive", "paper", "reply_to")
# What stays of a block when its structure is copied into another language: all but the words.
_KEPT = {"image", "url", "poll", "left_url", "right_url"}


class WritingError(Exception):
    """`code`: closed (not a draft any more), stale (`theirs` is what is there now), gone (the part or language is not there), full,
    name (a template of the name is there), last (a letter has a language)."""

    def __init__(self, code: str, theirs: Any = None) -> None:
        super().__init__(code)
        self.code, self.theirs = code, theirs


def create(
    *,
    actor: User | None,
    unit: OrgUnit,
    values: Mapping[str, Any],
    source: LetterTemplate | Mailing | None = None,
) -> Mailing:
    """A draft in the unit's name (`values`: DETAILS), empty in its first language or with the words of a template or a letter."""
    with mutation(actor=actor, kind="letter.create", summary=values["title"], unit_id=unit.pk):
        mailing = Mailing.objects.create(
            unit=unit, created_by=actor, **{name: values[name] for name in DETAILS if name in values}
        )
        content = _content_of(source) or {_first_language(unit): {}}
        for language, told in content.items():
            MailingVersion.objects.create(
                mailing=mailing,
                language=language,
                subject=told.get("subject", ""),
                preheader=told.get("preheader", ""),
                blocks=[parts.cleaned(block) for block in told.get("blocks", [])],
            )
    return mailing


def _first_language(unit: OrgUnit) -> str:
    return next((code for code in unit.languages if code in LANGUAGES), "fi")


def _content_of(source: LetterTemplate | Mailing | None) -> dict[str, dict[str, Any]]:
    if isinstance(source, LetterTemplate):
        return {code: told for code, told in source.content.items() if code in LANGUAGES}
    if source is None:
        return {}
    rows = source.versions.order_by("pk")
    return {
        row.language: {"subject": row.subject, "preheader": row.preheader, "blocks": row.blocks}
        for row in rows
    }


def change_details(*, actor: User | None, mailing: Mailing, values: Mapping[str, Any]) -> Mailing:
    """To whom, about what and how it is kept. Raises WritingError closed."""
    with _writing(actor, mailing, "letter.details") as found:
        for name in DETAILS:
            if name in values:
                setattr(found, name, values[name])
        found.save(update_fields=[name for name in DETAILS if name in values])
    return found


def delete_draft(*, actor: User | None, mailing: Mailing) -> None:
    """A draft goes for good; a letter that has been sent stays."""
    with mutation(actor=actor, kind="letter.delete", summary=mailing.title, unit_id=mailing.unit_id):
        found = _held(mailing)
        found.versions.all().delete()
        found.delete()


# --- languages ----------------------------------------------------------------------------------------------------------
def add_language(
    *, actor: User | None, mailing: Mailing, language: str, copy_from: str = ""
) -> MailingVersion:
    """Begin another language, with the structure of one that is there: its pictures, addresses and polls, without the words."""
    if language not in LANGUAGES:
        raise WritingError("gone")
    with _writing(actor, mailing, "letter.language") as found:
        there = found.versions.filter(language=language).first()
        if there is not None:
            return there
        source = found.versions.filter(language=copy_from).first()
        return MailingVersion.objects.create(
            mailing=found,
            language=language,
            blocks=[_bare(block) for block in source.blocks] if source else [],
        )


def _bare(block: Block) -> Block:
    return {name: value if name in _KEPT | {"id", "kind"} else "" for name, value in block.items()}


def remove_language(*, actor: User | None, mailing: Mailing, language: str) -> None:
    with _writing(actor, mailing, "letter.language") as found:
        rows = found.versions.filter(language=language)
        if found.versions.count() == 1:
            raise WritingError("last")
        rows.delete()


# --- the head and the blocks --------------------------------------------------------------------------------------------
def save_head(
    *, actor: User | None, mailing: Mailing, language: str, values: Mapping[str, str], seen: str
) -> MailingVersion:
    """Subject and preview text. `seen` is `head_digest` of what was opened; WritingError stale when others have saved since."""
    with _writing(actor, mailing, "letter.head") as found:
        row = _version(found, language)
        if head_digest(row) != seen and any(getattr(row, name) != values[name] for name in HEAD):
            raise WritingError("stale", {name: getattr(row, name) for name in HEAD})
        for name in HEAD:
            setattr(row, name, " ".join(values[name].split()))
        row.save(update_fields=list(HEAD))
    return row


def head_digest(row: MailingVersion) -> str:
    return parts.digest({name: getattr(row, name) for name in HEAD})


def add_block(*, actor: User | None, mailing: Mailing, language: str, kind: str, after: str = "") -> Block:
    """A new empty block, last or after another one. WritingError full."""
    with _writing(actor, mailing, "letter.block") as found:
        row = _version(found, language)
        if len(row.blocks) >= parts.MOST:
            raise WritingError("full")
        block = parts.new(kind)
        at = next((n + 1 for n, one in enumerate(row.blocks) if one["id"] == after), len(row.blocks))
        _keep(row, [*row.blocks[:at], block, *row.blocks[at:]])
    return block


def save_block(*, actor: User | None, mailing: Mailing, language: str, block: Block, seen: str) -> Block:
    """What was typed into a block. WritingError stale with the block as others saved it meanwhile, gone when they took it away."""
    mine = parts.cleaned(block)
    with _writing(actor, mailing, "letter.block") as found:
        row = _version(found, language)
        at = _place(row, mine["id"])
        theirs = row.blocks[at]
        if theirs["kind"] != mine["kind"]:
            raise WritingError("gone")
        if (
            mine["kind"] == "image"
            and mine["image"] != theirs["image"]
            and not _is_offered(mine, found.unit_id)
        ):
            mine = mine | {"image": theirs["image"]}
        if parts.digest(theirs) != seen and theirs != mine:
            raise WritingError("stale", theirs)
        _keep(row, [*row.blocks[:at], mine, *row.blocks[at + 1 :]])
    return mine


def move_block(*, actor: User | None, mailing: Mailing, language: str, key: str, by: int) -> None:
    """One place up (-1) or down (1), from where it is now; at the end it stays."""
    with _writing(actor, mailing, "letter.block") as found:
        row = _version(found, language)
        at = _place(row, key)
        to = min(max(at + (1 if by > 0 else -1), 0), len(row.blocks) - 1)
        moved = [block for block in row.blocks if block["id"] != key]
        moved.insert(to, row.blocks[at])
        _keep(row, moved)


def remove_block(*, actor: User | None, mailing: Mailing, language: str, key: str) -> tuple[Block, int]:
    """Take a block away; it and its place are what `put_back` needs. One that is gone already raises WritingError gone."""
    with _writing(actor, mailing, "letter.block") as found:
        row = _version(found, language)
        at = _place(row, key)
        block = row.blocks[at]
        _keep(row, [one for one in row.blocks if one["id"] != key])
    return block, at


def put_back(*, actor: User | None, mailing: Mailing, language: str, block: Block, at: int) -> None:
    with _writing(actor, mailing, "letter.block") as found:
        row = _version(found, language)
        if any(one["id"] == block["id"] for one in row.blocks):
            return
        _keep(row, [*row.blocks[:at], parts.cleaned(block), *row.blocks[at:]])


# --- templates ----------------------------------------------------------------------------------------------------------
def save_template(*, actor: User | None, mailing: Mailing, name: str) -> LetterTemplate:
    """The letter's words as a beginning for later ones. WritingError name when the unit has one of the name."""
    try:
        with (
            mutation(actor=actor, kind="letter.template", summary=name, unit_id=mailing.unit_id),
            transaction.atomic(),
        ):
            return LetterTemplate.objects.create(
                unit=mailing.unit, name=name, content=_content_of(mailing), created_by=actor
            )
    except IntegrityError as error:
        raise WritingError("name") from error


def delete_template(*, actor: User | None, template: LetterTemplate) -> None:
    with mutation(
        actor=actor, kind="letter.template_delete", summary=template.name, unit_id=template.unit_id
    ):
        template.delete()


# --- inside -------------------------------------------------------------------------------------------------------------
@contextmanager
def _writing(actor: User | None, mailing: Mailing, kind: str) -> Iterator[Mailing]:
    with mutation(actor=actor, kind=kind, summary=mailing.title, unit_id=mailing.unit_id):
        found = _held(mailing)
        yield found
        found.version += 1
        found.save(update_fields=["version", "changed_at"])


def _held(mailing: Mailing) -> Mailing:
    found = Mailing.objects.select_for_update().filter(pk=mailing.pk).first()
    if found is None or found.state != MailingState.DRAFT:
        raise WritingError("closed")
    return found


def _version(mailing: Mailing, language: str) -> MailingVersion:
    row = mailing.versions.filter(language=language).first()
    if row is None:
        raise WritingError("gone")
    return row


def _place(row: MailingVersion, key: str) -> int:
    at = next((n for n, block in enumerate(row.blocks) if block["id"] == key), None)
    if at is None:
        raise WritingError("gone")
    return at


def _is_offered(block: Block, unit_id: int) -> bool:
    """Whether the picture is one of the unit or of those above it: another's is not drawn in its letter."""
    key = parts.image_key(block)
    return key is None or LetterPicture.objects.offered_in(unit_id).filter(key=key).exists()


def _keep(row: MailingVersion, found: Sequence[Block]) -> None:
    row.blocks = list(found)
    row.save(update_fields=["blocks"])
