"""The request as views get it: after the middleware it also knows the person's rights."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from jasenpalvelu.accounts.models import User
from members.scope import Scope


class ScopedRequest(HttpRequest):
    """For annotating views. `user` is certain where the middleware has let only logged-in people through."""

    user: User
    scope: Scope
    htmx: HtmxDetails
