"""Setting and ending marks on the use of a person's data (GDPR articles 17(3)(e), 18 and 21)."""

from __future__ import annotations

from datetime import date, timedelta

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import DataMark, DataRequest, OrgUnit, Party


class MarkError(Exception):
    """`code`: twice (the same is in force), over (it has ended already), reason, past (its last day is before today)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def set_mark(
    *,
    actor: User,
    party: Party,
    unit: OrgUnit,
    kind: str,
    reason: str,
    until: date | None,
    on: date,
    request: DataRequest | None = None,
) -> DataMark:
    """Mark the person from today, until the last day or until it is ended by hand. MarkError twice, reason or past."""
    if not reason.strip():
        raise MarkError("reason")
    if until is not None and until < on:
        raise MarkError("past")
    with mutation(actor=actor, kind="mark.set", unit_id=unit.pk):
        held = Party.objects.select_for_update(of=("self",)).get(pk=party.pk)
        for old in DataMark.objects.filter(party=held, unit=unit, kind=kind, ended_on=None).order_by("pk"):
            if old.until is None or old.until >= on:
                raise MarkError("twice")
            old.ended_on = old.until + timedelta(days=1)
            old.save(update_fields=["ended_on"])
        return DataMark.objects.create(
            party=held,
            unit=unit,
            kind=kind,
            reason=reason.strip()[:300],
            set_on=on,
            until=until,
            request=request,
            set_by=actor,
        )


def end_mark(*, actor: User, mark: DataMark, reason: str, on: date) -> DataMark:
    """From today on it is not in force. Of a restriction the person is told before: article 18(3). MarkError over or reason."""
    if not reason.strip():
        raise MarkError("reason")
    with mutation(actor=actor, kind="mark.end", unit_id=mark.unit_id):
        row = DataMark.objects.on(on).select_for_update(of=("self",)).filter(pk=mark.pk).first()
        if row is None:
            raise MarkError("over")
        row.ended_on, row.end_reason = on, reason.strip()[:300]
        row.save(update_fields=["ended_on", "end_reason"])
    return row
