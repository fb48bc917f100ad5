"""Sessions that have ended are forgotten, with the addresses and browsers they were opened from."""

from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session


def forget_ended() -> int:
    """Delete sessions that have run out, and what is known of the devices of sessions that are gone; how many of the latter."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    going_on = Session.objects.values("session_key")
    deleted, _by_table = UserSession.objects.exclude(session_key__in=going_on).delete()
    return deleted
