"""Asking who one is again before something weighty: changing the login, exporting personal data."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from jasenpalvelu.accounts.services.mfa import confirmed_recently

View = Callable[..., HttpResponseBase]


def confirmation_required(view: View) -> View:
    """The view opens only to someone who has logged in or confirmed within ten minutes.

    Others confirm by password, second factor or an e-mailed code, and come back to what they were doing.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not confirmed_recently(request):
            raise ReauthenticationRequired
        return view(request, *args, **kwargs)

    return guarded
