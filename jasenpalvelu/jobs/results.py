"""Files a job leaves for its owner. They lie under MEDIA_ROOT and are handed out by the job's own view only."""

import tempfile
from collections.abc import Callable
from typing import IO

from django.core.files import File

from jasenpalvelu.jobs.models import Job


def attach(job: Job, *, name: str, write: Callable[[IO[bytes]], object]) -> None:
    """Let `write` fill a file and make it the job's result under the given name; an earlier one is replaced.

    To be called from a step: the running service saves the job. A step that is repeated after a crash writes the file
    anew under the same path, so no half file is ever handed out.
    """
    with tempfile.TemporaryFile() as stream:
        write(stream)
        stream.seek(0)
        path = job.result.field.generate_filename(job, name)
        job.result.storage.delete(path)
        job.result.save(name, File(stream), save=False)
    job.result_name = name
