"""What the roof does when something happens below."""

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import log_download
from jasenpalvelu.common.events import handles
from jasenpalvelu.jobs.events import ResultDownloaded


@handles(ResultDownloaded)
def log_fetched_file(event: ResultDownloaded) -> None:
    """A list or a bundle of invoices left the system: who fetched it, and how many persons or rows it held."""
    log_download(
        actor=User.objects.get(pk=event.user_id), subject=event.title, count=event.done, unit_id=event.unit_id
    )
