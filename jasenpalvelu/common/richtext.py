"""Plain formatting that people write as text: paragraphs, headings, lists, links, bold and italic. Pure.

What is stored is what was written, never HTML; it is drawn anew each time and goes through nh3, so that neither what was pasted nor
a fault here can bring anything else to a page.

    ## Heading          - line of a list        1. line of a numbered list
    **bold**            *italic*                [words](https://address)        an empty line begins a paragraph
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

TAGS = {"p", "h2", "ul", "ol", "li", "a", "strong", "em", "br"}
SCHEMES = {"https", "http", "mailto", "tel"}
_BULLET, _NUMBER, _HEADING = re.compile(r"[-*•]\s+"), re.compile(r"\d{1,3}[.)]\s+"), re.compile(r"#{1,4}\s+")
_MARK, _STOPS = re.compile(r"(?:#{1,4}|[-*•]|\d{1,3}[.)])\s+"), ".,:;!?–…"
_LINK = re.compile(r"\[([^\[\]\n]{1,300})\]\(([^\s()]{1,1000})\)")
_BARE = re.compile(r"https?://[^\s<>\"'()\[\]]+[^\s<>\"'()\[\].,;:!?]")
_BOLD, _ITALIC = (
    re.compile(r"\*\*(\S(?:[^*\n]*\S)?)\*\*"),
    re.compile(r"(?<![\w*])\*(\S(?:[^*\n]*\S)?)\*(?![\w*])"),
)


def draw(text: str) -> SafeString:
    """The text as HTML that holds nothing but TAGS."""
    html = "".join(
        _block(block) for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()) if block
    )
    return mark_safe(clean(html))


def clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer",
        strip_comments=True,
    )


def words(text: str, longest: int = 200) -> str:
    """The beginning of the text without its marks, cut between words: for lists."""
    bare = _ITALIC.sub(r"\1", _BOLD.sub(r"\1", " ".join(_told(_LINK.sub(r"\1", text)))))
    bare = " ".join(bare.split())
    if len(bare) <= longest:
        return bare
    return bare[: longest + 1].rpartition(" ")[0].rstrip(",.;:– ") + " …"


def _told(text: str) -> Iterator[str]:
    """Line by line without the marks at its beginning, with a stop where the page would break the line and the writer put none."""
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    lines = [[line.strip() for line in block.split("\n") if line.strip()] for block in blocks]
    flat = [(line, n) for n, block in enumerate(lines) for line in block]
    for (line, n), (after, m) in zip(flat, [*flat[1:], ("", -1)], strict=True):
        kind, following = _kind(line), _kind(after)
        bare = _MARK.sub("", line, count=1)
        if not after or bare[-1:] in _STOPS or (kind == following == "p" and n == m):
            yield bare
        elif kind == "h2":
            yield f"{bare}:"
        else:
            yield f"{bare}," if kind == following != "p" else f"{bare}."


def _block(block: str) -> str:
    return "".join(_runs([line.strip() for line in block.split("\n") if line.strip()]))


def _runs(lines: list[str]) -> Iterator[str]:
    """Lines of the same kind that follow each other, together."""
    at = 0
    while at < len(lines):
        kind = _kind(lines[at])
        end = at + 1
        while end < len(lines) and kind != "h2" and _kind(lines[end]) == kind:
            end += 1
        run, at = lines[at:end], end
        if kind == "h2":
            yield f"<h2>{_inline(_HEADING.sub('', run[0], count=1))}</h2>"
        elif kind == "p":
            yield f"<p>{'<br>'.join(map(_inline, run))}</p>"
        else:
            mark = _BULLET if kind == "ul" else _NUMBER
            items = "".join(f"<li>{_inline(mark.sub('', line, count=1))}</li>" for line in run)
            yield f"<{kind}>{items}</{kind}>"


def _kind(line: str) -> str:
    for kind, mark in (("h2", _HEADING), ("ul", _BULLET), ("ol", _NUMBER)):
        if mark.match(line):
            return kind
    return "p"


def _inline(line: str) -> str:
    """Links first, so that a mark inside an address is not taken for one of the text."""
    parts: list[str] = []
    at = 0
    for found in re.finditer(f"{_LINK.pattern}|{_BARE.pattern}", line):
        parts.append(_marked(line[at : found.start()]))
        text, address = (found[1], found[2]) if found[1] else (found[0], found[0])
        parts.append(f'<a href="{escape(address)}">{escape(text)}</a>')
        at = found.end()
    return "".join([*parts, _marked(line[at:])])


def _marked(text: str) -> str:
    return _ITALIC.sub(r"<em>\1</em>", _BOLD.sub(r"<strong>\1</strong>", escape(text)))
