"""What a letter may hold, asked of the HTML as a mail program would read it."""

from __future__ import annotations

from html.parser import HTMLParser

TAGS = {
    "html", "head", "meta", "title", "style", "body", "div", "table", "tbody", "tr", "td", "p", "h1", "h2", "ul", "ol", "li",
    "a", "img", "strong", "em", "br",
}  # fmt: skip
SCHEMES = ("https://", "http://", "mailto:", "tel:", "{{")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or name in {"srcdoc", "formaction", "srcset"}:
                self.found.append(f"{name} of <{tag}>")
            if name in {"href", "src"} and not (value or "").startswith(SCHEMES):
                self.found.append(f"{name}={value!r} of <{tag}>")

    def handle_comment(self, data: str) -> None:
        if not data.startswith(("[if mso]>", "<![endif]")):
            self.found.append(f"comment {data[:40]!r}")
        elif "script" in data.lower() or "svg" in data.lower():
            self.found.append(f"comment {data[:60]!r}")


def harmless(html: str) -> None:
    """Nothing that runs, frames or loads, and no address that is none."""
    reader = _Reader()
    reader.feed(html)
    assert reader.found == []
