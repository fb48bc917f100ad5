"""What the register does when something happens below it."""

from jasenpalvelu.accounts.events import LoggedIn
from jasenpalvelu.accounts.models import User
from jasenpalvelu.common import clock
from jasenpalvelu.common.events import handles
from members.services.logins import join_login


@handles(LoggedIn)
def find_the_person(event: LoggedIn) -> None:
    """The first login of a member finds the member's own data."""
    join_login(user=User.objects.get(pk=event.user_id), emails=list(event.emails), on=clock.today())
