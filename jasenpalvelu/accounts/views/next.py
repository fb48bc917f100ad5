"""Where to go after this page: kept while moving between the pages of the login, and only ever within the service."""

from allauth.account.utils import passthrough_next_redirect_url
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


def passed_on(request: HttpRequest, url: str) -> str:
    return passthrough_next_redirect_url(request, url, REDIRECT_FIELD_NAME)


def join_url() -> str:
    """Where one joins an association, in an installation that has such a page."""
    try:
        return reverse("public:join_index")
    except NoReverseMatch:
        return ""
