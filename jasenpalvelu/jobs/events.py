"""What jobs tell the layers above."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class ResultDownloaded:
    """Somebody fetched the file of a job; `done` is how many rows the job counted. Whoever keeps the access log listens."""

    job_id: UUID
    kind: str
    title: str
    user_id: int
    unit_id: int | None
    done: int
