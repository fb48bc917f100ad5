"""How far the documents of a run are, for its pages."""

from __future__ import annotations

from dataclasses import dataclass

from billing.models import DocumentVolume, InvoiceRun
from billing.services import volumes
from jasenpalvelu.jobs.models import Job


@dataclass(frozen=True)
class Row:
    """A volume in the list. `there`: its file can be downloaded."""

    volume: DocumentVolume
    count: int
    there: bool

    @property
    def codes(self) -> str:
        """Postal codes from and to; empty when there are none."""
        first, last = self.volume.first_postal_code, self.volume.last_postal_code
        return first if first == last else f"{first}–{last}"


@dataclass(frozen=True)
class Documents:
    """How far a run's documents are."""

    rows: list[Row]
    job: Job | None

    @property
    def working(self) -> bool:
        return self.job is not None and self.job.is_active

    @property
    def missing(self) -> bool:
        """Nothing has been made, or a part is not there."""
        return not all(row.there or not row.count for row in self.rows) or not self.rows

    @property
    def count(self) -> int:
        return sum(row.count for row in self.rows)

    @property
    def pages(self) -> int:
        return sum(row.volume.pages for row in self.rows)

    @property
    def rendered(self) -> int:
        return sum(row.volume.rendered for row in self.rows)

    @property
    def made(self) -> int:
        return sum(row.count for row in self.rows if row.there)


def documents_of_run(run: InvoiceRun) -> Documents:
    gone = set(volumes.missing(run))
    rows = [
        Row(volume, count, volume.made_at is not None and bool(volume.content) and volume.pk not in gone)
        for volume, count in volumes.listed(run)
    ]
    job = Job.objects.filter(pk=run.documents_job_id).first() if run.documents_job_id else None
    return Documents(rows, job)
