"""The icon set and the mark, drawn into the page so that they need no request and take the text's colour."""

import re
from functools import cache

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

SYMBOL = re.compile(r'<symbol id="([\w-]+)"[^>]*>(.*?)</symbol>', re.DOTALL)
RINGS = (
    '<circle cx="16" cy="16" r="13"/><circle cx="15.2" cy="16.6" r="9.2"/>'
    '<circle cx="14.3" cy="17.3" r="5.5"/><circle cx="13.6" cy="17.9" r="1.7"/>'
)


class UnknownIcon(KeyError):
    """No such drawing in static/img/icons.svg."""


@cache
def drawings() -> dict[str, str]:
    """Name → inner SVG, read once from the sprite that the project itself keeps."""
    text = (settings.BASE_DIR / "static" / "img" / "icons.svg").read_text(encoding="utf-8")
    return dict(SYMBOL.findall(text))


@cache
def icon(name: str, look: str = "", label: str = "") -> SafeString:
    """One icon. Without a label it is decoration beside a word; `look` is a size or colour: "s", "t-danger", "inline"."""
    if name not in drawings():
        raise UnknownIcon(name)
    classes = " ".join(["icon", *("icon--s" if part == "s" else part for part in look.split())])
    told = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" {} focusable="false">{}</svg>',
        classes,
        told,
        mark_safe(drawings()[name]),
    )


def mark() -> SafeString:
    return mark_safe(
        '<svg viewBox="0 0 32 32" aria-hidden="true" focusable="false" fill="none" stroke="currentColor"'
        f' stroke-width="2.2">{RINGS}</svg>'
    )
