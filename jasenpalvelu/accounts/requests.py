"""The request of someone who is logged in: for annotating the views that the login middleware guards."""

from django.http import HttpRequest

from jasenpalvelu.accounts.models import User


class OwnRequest(HttpRequest):
    user: User
