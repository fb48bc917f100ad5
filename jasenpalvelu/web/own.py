"""What one's home page tells of oneself: posts that wait for their conditions, and changes of one's own addresses."""

from __future__ import annotations

from dataclasses import dataclass

from jasenpalvelu.common import clock
from members.models import EmailChange, Mandate
from members.requests import ScopedRequest
from members.rights_reading import Missing, waiting_posts
from members.services import emails


@dataclass(frozen=True)
class Own:
    posts: list[tuple[Mandate, list[Missing]]]
    changes: list[EmailChange]


def own(request: ScopedRequest) -> Own:
    """Two questions, and none when the scope knows that there is nothing to tell.

    What concerns the session's own second factor has been asked before any page opens.
    """
    party = request.scope.party_id
    if party is None or not request.scope.has_news:
        return Own([], [])
    posts = waiting_posts(party, clock.today())
    return Own([post for post in posts if any(m.code != "factor" for m in post[1])], emails.to_tell(party))
