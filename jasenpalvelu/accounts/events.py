"""What the layers above may want to know of logging in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LoggedIn:
    """Someone opened a session. `emails` are the addresses the person has proved to be their own."""

    user_id: int
    emails: tuple[str, ...]
