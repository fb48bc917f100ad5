"""Whose the rows of communications are (`members.personal.registry`): one module for each part, called when the app is ready."""

from communications import privacy
from communications.personal import campaigns, contacts, content, outbox, surveys, talks
from members.personal.registry import maps


def register() -> None:
    """Called when the app is ready."""
    maps(privacy.TABLES)
    outbox.register()
    contacts.register()
    content.register()
    campaigns.register()
    surveys.register()
    talks.register()
