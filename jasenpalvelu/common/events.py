"""What must flow upwards, in the open: a lower layer publishes what happened, a higher one handles it.

An event is a frozen dataclass in the module of the layer that publishes it; a handler stands in `handlers.py` of the
layer above and is found when that app is ready. Handlers run at once, in the publisher's transaction and in the order
of registration; an exception undoes the whole act. A test lists every event with its handlers, so that no coupling is
hidden.
"""

from collections.abc import Callable
from dataclasses import is_dataclass
from typing import Any, TypeVar

Event = TypeVar("Event")
Handler = Callable[[Any], None]

_handlers: dict[type, list[Handler]] = {}


def handles(event_class: type[Event]) -> Callable[[Callable[[Event], None]], Callable[[Event], None]]:
    """Register the function for events of exactly this class."""
    if not is_dataclass(event_class) or not event_class.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        raise TypeError(f"{event_class.__qualname__} is not a frozen dataclass")

    def register(handler: Callable[[Event], None]) -> Callable[[Event], None]:
        registered = _handlers.setdefault(event_class, [])
        if handler not in registered:
            registered.append(handler)
        return handler

    return register


def publish(event: object) -> None:
    """Run the handlers of the event's class, in the order they were registered."""
    for handler in _handlers.get(type(event), []):
        handler(event)


def registered() -> dict[str, list[str]]:
    """Event → handlers by dotted name: for the test that keeps the list and for documentation."""
    return {
        _name(event_class): [_name(handler) for handler in handlers]
        for event_class, handlers in sorted(_handlers.items(), key=lambda item: _name(item[0]))
    }


def _name(thing: Any) -> str:
    return f"{thing.__module__}.{thing.__qualname__}"
