"""The material bank: things with an address, whose file is replaced and never changed (COM-8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, BinaryIO

from django.core.files import File
from django.core.files.base import ContentFile
from django.db import connection
from django.db.models import F, Max

from communications.bare_pictures import bare
from communications.models import Material, MaterialDownloads, MaterialVersion
from communications.uploads import Looked
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import finnish
from members.models import OrgUnit

FIELDS = (
    "title",
    "description",
    "language",
    "kind",
    "tags",
    "audience",
    "types",
    "roles",
    "valid_until",
    "owner",
)
_SEARCH = "UPDATE communications_material SET search = %s::tsvector WHERE id = %s"


def keep(
    *,
    actor: User | None,
    unit: OrgUnit,
    values: dict[str, Any],
    upload: tuple[BinaryIO, Looked] | None = None,
    note: str = "",
    material: Material | None = None,
) -> Material:
    """Add a material with its first file, or change what is told of one (FIELDS) and, where a file comes, its version.

    `upload` is the file with what `uploads.look` said of it: a new material has one always.
    """
    with mutation(actor=actor, kind="material.edit", summary=values["title"], unit_id=unit.pk):
        if material is None:
            assert upload is not None, "a material begins with a file"
            found = Material(unit=unit)
        else:
            found = Material.objects.select_for_update().get(pk=material.pk)
        for name in FIELDS:
            if name in values:
                setattr(found, name, values[name])
        found.save()
        if upload is not None:
            _add_version(found, upload, actor=actor, note=note)
        _index(found)
    return found


def _add_version(
    found: Material, upload: tuple[BinaryIO, Looked], *, actor: User | None, note: str
) -> MaterialVersion:
    """The next version; the material is locked, so two at once get two numbers."""
    file, looked = upload
    last = MaterialVersion.objects.filter(material=found).aggregate(last=Max("number"))["last"] or 0
    version = MaterialVersion(
        material=found,
        number=last + 1,
        name=looked.name,
        extension=looked.extension,
        size=looked.size,
        note=note,
        created_by=actor,
    )
    # On the disk it has a name of ours: what it was called stands in its row only.
    version.file.save(f"{found.pk}-{version.number}.{looked.extension}", _kept(version, file), save=False)
    version.save()
    return version


def _kept(version: MaterialVersion, file: BinaryIO) -> File[bytes]:
    """The file as it came; a picture without where and with what it was taken. `uploads.look` has seen that this can be done."""
    if version.extension not in {"png", "jpg"}:
        return File(file)
    file.seek(0)
    content = bare(file.read(), version.extension)
    version.size = len(content)
    return ContentFile(content)


def _index(found: Material) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _SEARCH, [finnish.vector(found.title, found.description, " ".join(found.tags)), found.pk]
        )


def remove(*, actor: User | None, material: Material, at: datetime) -> Material:
    """Nobody but the office finds it any more, not by its address either; `bring_back` undoes it."""
    return _mark(actor, material, "material.remove", at)


def bring_back(*, actor: User | None, material: Material) -> Material:
    return _mark(actor, material, "material.restore", None)


def _mark(actor: User | None, material: Material, kind: str, at: datetime | None) -> Material:
    with mutation(actor=actor, kind=kind, summary=material.title, unit_id=material.unit_id):
        found = Material.objects.select_for_update().get(pk=material.pk)
        found.removed_at = at
        found.save(update_fields=["removed_at"])
    return found


def renew(*, actor: User | None, material: Material, until: date | None) -> Material:
    """It has been looked at and holds until another day."""
    with mutation(actor=actor, kind="material.renew", summary=material.title, unit_id=material.unit_id):
        found = Material.objects.select_for_update().get(pk=material.pk)
        found.valid_until = until
        found.save(update_fields=["valid_until"])
    return found


def count_download(*, version: MaterialVersion, on: date) -> None:
    """One more in this month; nobody is told who."""
    month = on.replace(day=1)
    MaterialDownloads.objects.bulk_create(
        [MaterialDownloads(version=version, month=month)], ignore_conflicts=True
    )
    MaterialDownloads.objects.filter(version=version, month=month).update(count=F("count") + 1)


def tags_of(texts: str) -> list[str]:
    """ "Kokoukset, mallit ,kokoukset" → ["kokoukset", "mallit"]: small letters, each once, in the order written."""
    found: Sequence[str] = [" ".join(tag.lower().split())[:40] for tag in texts.replace(";", ",").split(",")]
    return list(dict.fromkeys(tag for tag in found if tag))[:12]
