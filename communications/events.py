"""What the layers above may want to know of messages."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MessageRefused:
    """A single message will not arrive: the server refused it for good, or it came back. `reference` is what it was about."""

    kind: str
    reference: str
    address: str
    code: str
