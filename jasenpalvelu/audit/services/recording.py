"""Entries of the access log: one INSERT each, cheap enough for a page that is only read.

`party_id` when one person's data was seen, `unit_id` when a list of a unit was; `classes` the field classes shown
("AB"), `count` how many persons the list or file held, `subject` what it was in words ("Member list 2026").
"""

from django.contrib.auth.base_user import AbstractBaseUser

from jasenpalvelu.audit.models import AccessLog


def log_view(
    *,
    actor: AbstractBaseUser | None,
    party_id: int | None = None,
    unit_id: int | None = None,
    classes: str = "",
    count: int = 1,
    subject: str = "",
    reason: str = "",
) -> None:
    """Somebody looked at sensitive data on the screen."""
    _write(AccessLog.Action.VIEW, actor, party_id, unit_id, classes, count, subject, reason)


def log_unmask(
    *, actor: AbstractBaseUser, party_id: int, reason: str, classes: str = "E", unit_id: int | None = None
) -> None:
    """A custodian lifted the mask of a non-disclosed person; the reason is obligatory (SPEC REG-13)."""
    if not reason.strip():
        raise ValueError("an unmasking needs a reason")
    _write(AccessLog.Action.UNMASK, actor, party_id, unit_id, classes, 1, "", reason)


def log_export(
    *,
    actor: AbstractBaseUser | None,
    subject: str,
    count: int,
    unit_id: int | None = None,
    classes: str = "",
    reason: str = "",
    party_id: int | None = None,
) -> None:
    """Rows left the system as a file."""
    _write(AccessLog.Action.EXPORT, actor, party_id, unit_id, classes, count, subject, reason)


def log_download(
    *,
    actor: AbstractBaseUser | None,
    subject: str,
    count: int = 1,
    party_id: int | None = None,
    unit_id: int | None = None,
    classes: str = "",
) -> None:
    """A file made earlier was fetched."""
    _write(AccessLog.Action.DOWNLOAD, actor, party_id, unit_id, classes, count, subject, "")


def _write(
    action: AccessLog.Action,
    actor: AbstractBaseUser | None,
    party_id: int | None,
    unit_id: int | None,
    classes: str,
    count: int,
    subject: str,
    reason: str,
) -> None:
    AccessLog.objects.create(
        action=action,
        user_id=actor.pk if actor else None,
        party_id=party_id,
        unit_id=unit_id,
        classes=classes,
        count=count,
        subject=subject[:200],
        reason=reason[:400],
    )
