from jasenpalvelu.jobs.services.enqueuing import enqueue
from jasenpalvelu.jobs.services.steering import cancel, pause, resume, retry

__all__ = ["cancel", "enqueue", "pause", "resume", "retry"]
