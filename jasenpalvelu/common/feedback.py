"""What was done, told on the next page, with a way back where there is one (VISUAL §3, the toast)."""

from django.contrib import messages
from django.http import HttpRequest

UNDO = "undo:"


def done(request: HttpRequest, text: str, *, undo: str = "") -> None:
    """Say what was done. `undo` is the address a POST of which takes it back; it becomes the button "Kumoa"."""
    messages.success(request, text, extra_tags=f"{UNDO}{undo}" if undo else "")


def undo_address(extra_tags: str) -> str:
    """The undo address a message carries; only an address inside this site is accepted."""
    address = extra_tags.removeprefix(UNDO) if (extra_tags or "").startswith(UNDO) else ""
    return address if address.startswith("/") and not address.startswith("//") else ""
