"""Long work in the background, with a page that shows how it goes.

from jasenpalvelu.jobs.registry import Deadline, JobFailed, StepResult, register
from jasenpalvelu.jobs.services import enqueue
from jasenpalvelu.jobs.results import attach
"""
