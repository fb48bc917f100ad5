"""Announcements: drafted, published, taken back, deleted while a draft, marked as read (COM-11)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile

from communications.images import Kept
from communications.models import Announcement, AnnouncementMaterial, AnnouncementRead, ContentState, Material
from communications.models.announcements import READ_DAYS
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import OrgUnit

FIELDS = (
    "title_fi",
    "title_sv",
    "title_en",
    "body_fi",
    "body_sv",
    "body_en",
    "alt_fi",
    "alt_sv",
    "alt_en",
    "audience",
    "segment",
    "visible_from",
    "visible_until",
    "pinned",
    "important",
)


class AnnouncementError(Exception):
    """`code`: published (a draft only can be deleted), empty (no text in a language that has a heading)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def keep(
    *,
    actor: User | None,
    unit: OrgUnit,
    values: dict[str, Any],
    picture: Kept | None = None,
    remove_picture: bool = False,
    materials: Collection[Material] = (),
    announcement: Announcement | None = None,
) -> Announcement:
    """Write a new draft, or change one in whatever state it is (FIELDS); a change of a published one is seen at once."""
    title = values["title_fi"] or values["title_sv"] or values["title_en"]
    with mutation(actor=actor, kind="announcement.edit", summary=title, unit_id=unit.pk):
        if announcement is None:
            found = Announcement(unit=unit, created_by=actor)
        else:
            found = Announcement.objects.select_for_update().get(pk=announcement.pk)
        for name in FIELDS:
            setattr(found, name, values[name])
        if picture is not None:
            found.picture.save(f"kuva.{picture.extension}", ContentFile(picture.data), save=False)
        elif remove_picture:
            found.picture = ""
        if not found.picture:
            found.alt_fi = found.alt_sv = found.alt_en = ""
        found.save()
        _link(found, materials)
    return found


def _link(found: Announcement, materials: Collection[Material]) -> None:
    wanted = {material.pk for material in materials}
    rows = AnnouncementMaterial.objects.filter(announcement=found)
    rows.exclude(material__in=wanted).delete()
    here = set(rows.order_by().values_list("material_id", flat=True))
    for pk in sorted(wanted - here):
        AnnouncementMaterial.objects.create(announcement=found, material_id=pk)


def publish(*, actor: User | None, announcement: Announcement, at: datetime) -> Announcement:
    """Shown from its first day on. Published again after having been taken back it is new to everybody."""
    with mutation(
        actor=actor,
        kind="announcement.publish",
        summary=announcement.title,
        unit_id=announcement.unit_id,
    ):
        found = Announcement.objects.select_for_update().get(pk=announcement.pk)
        if found.state == ContentState.PUBLISHED:
            return found
        if not any(getattr(found, f"body_{code}").strip() for code in ("fi", "sv", "en")):
            raise AnnouncementError("empty")
        if found.state == ContentState.WITHDRAWN:
            AnnouncementRead.objects.filter(announcement=found).delete()
        found.state, found.published_at = ContentState.PUBLISHED, at
        found.save(update_fields=["state", "published_at"])
    return found


def take_back(*, actor: User | None, announcement: Announcement) -> Announcement:
    """Nobody but the office sees it any more; it can be published again."""
    with mutation(
        actor=actor,
        kind="announcement.withdraw",
        summary=announcement.title,
        unit_id=announcement.unit_id,
    ):
        found = Announcement.objects.select_for_update().get(pk=announcement.pk)
        if found.state == ContentState.PUBLISHED:
            found.state = ContentState.WITHDRAWN
            found.save(update_fields=["state"])
    return found


def delete_draft(*, actor: User | None, announcement: Announcement) -> None:
    """A draft that nobody has seen goes for good. AnnouncementError "published" for another."""
    with mutation(
        actor=actor, kind="announcement.delete", summary=announcement.title, unit_id=announcement.unit_id
    ):
        found = Announcement.objects.select_for_update().get(pk=announcement.pk)
        if found.state != ContentState.DRAFT:
            raise AnnouncementError("published")
        found.delete()


# --- reading ------------------------------------------------------------------------------------------------------------
def mark_read(*, party_id: int, announcement: Announcement, at: datetime) -> None:
    """The member has the announcement open; read twice, it is read."""
    AnnouncementRead.objects.bulk_create(
        [AnnouncementRead(announcement=announcement, party_id=party_id, at=at)], ignore_conflicts=True
    )


def forget_reads(*, at: datetime) -> int:
    """Marks of reading live READ_DAYS."""
    count, _ = AnnouncementRead.objects.filter(at__lt=at - timedelta(days=READ_DAYS)).delete()
    return count
