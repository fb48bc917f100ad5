"""Keeping a picture for letters of a unit."""

from __future__ import annotations

from django.core.files.base import ContentFile

from communications.letters.pictures import Kept
from communications.models import LetterPicture
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import OrgUnit


def keep_picture(*, actor: User | None, unit: OrgUnit, picture: Kept) -> LetterPicture:
    """The file under its key and the row that tells its size."""
    with mutation(actor=actor, kind="letter.picture", unit_id=unit.pk):
        row = LetterPicture(
            unit=unit, width=picture.width, height=picture.height, size=len(picture.data), created_by=actor
        )
        row.file.save(f"{row.key.hex}.{picture.extension}", ContentFile(picture.data), save=False)
        row.save()
    return row
