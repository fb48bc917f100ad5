"""A letter as HTML that mail programs show: tables, looks inlined, 600 points wide and fluid down to a phone. Pure.

Outlook for Windows draws with Word: it knows tables, widths and padding of cells and no rounded corners, so that everything stands in
tables and columns get a table of their own between conditional comments. Gmail takes style elements away in some of its programs, so that
looks are inlined (css-inline) and only what a phone and a dark screen want stays in a style element. No script, no font, no counter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

import css_inline
from django.utils import translation
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from communications.letters import blocks as parts
from communications.letters import fields
from communications.letters.blocks import Block
from communications.letters.style import CSS
from jasenpalvelu.common import richtext

WIDTH, INNER, COLUMN = 600, 536, 256


@dataclass(frozen=True)
class Logo:
    """`wide` takes the place of the name."""

    url: str
    width: int
    height: int
    wide: bool


@dataclass(frozen=True)
class ResolvedLook:
    """How a unit's letters look and who they come from, with everything inherited in its place.

    `colour` is the unit's; buttons have it with words of `on_colour`, links have `link`. `name`, `footer` and `address` are told by language.
    """

    names: Mapping[str, str]
    address: tuple[str, ...]
    colour: str
    on_colour: str
    link: str
    footers: Mapping[str, str] = field(default_factory=dict)
    logo: Logo | None = None
    from_name: str = ""
    reply_to: str = ""

    def name(self, language: str) -> str:
        return self.names.get(language) or self.names.get("fi", "")

    def footer(self, language: str) -> str:
        return self.footers.get(language) or self.footers.get("fi", "")


@dataclass(frozen=True)
class Picture:
    url: str
    width: int
    height: int


@dataclass(frozen=True)
class PollPart:
    """A quick poll in a letter: each choice is a link that opens the poll with it chosen; `urls` hold {{poll_url:n}}. Of a whole survey it is
    one link, {{poll_url}}, and no question."""

    question: str
    choices: tuple[tuple[str, str], ...]
    note: str = ""


@dataclass(frozen=True)
class Letter:
    """What is drawn. Fields and links of one's own stand as {{…}}; `archived` takes them away for those who read it later."""

    language: str
    subject: str
    preheader: str
    blocks: Sequence[Block]
    look: ResolvedLook
    pictures: Mapping[UUID, Picture] = field(default_factory=dict)
    polls: Mapping[int, PollPart] = field(default_factory=dict)
    refusable: bool = True


def subject(letter: Letter) -> str:
    """One line with its fields."""
    return " ".join(fields.canonical(letter.subject).split())


def html(letter: Letter) -> str:
    with translation.override(letter.language):
        page = _page(letter)
    return _inliner(letter.look.colour, letter.look.on_colour, letter.look.link).inline(page)


@lru_cache(maxsize=64)
def _inliner(colour: str, on_colour: str, link: str) -> css_inline.CSSInliner:
    css = CSS.replace("$colour", colour).replace("$on", on_colour).replace("$link", link)
    return css_inline.CSSInliner(
        load_remote_stylesheets=False, keep_style_tags=True, keep_at_rules=True, extra_css=css
    )


# --- the page -----------------------------------------------------------------------------------------------------------
_PAGE = """<!DOCTYPE html>
<html lang="{language}" dir="ltr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="x-apple-disable-message-reformatting"><meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark"><title>{title}</title>
{style}</head><body class="body">{preheader}
<table role="presentation" class="back" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td class="around" align="center">
<!--[if mso]><table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->
<table role="presentation" class="sheet" width="100%" cellpadding="0" cellspacing="0" border="0">
{head}
{rows}
{foot}
</table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></table></body></html>"""


def _page(letter: Letter) -> str:
    return format_html(
        _PAGE,
        language=letter.language,
        title=subject(letter) or letter.look.name(letter.language),
        style=mark_safe(f"<style>{_STAYS.replace('$on', letter.look.on_colour)}</style>"),
        preheader=_preheader(letter),
        head=_head(letter),
        rows=format_html_join("\n", "{}", ((_row(block, letter),) for block in letter.blocks)),
        foot=_foot(letter),
    )


# What can not be inlined: phones and dark screens.
_STAYS = (
    "@media only screen and (max-width:480px){.in{padding-left:20px!important;padding-right:20px!important}"
    ".around{padding:0!important}.half{max-width:100%!important;width:100%!important}}"
    "@media (prefers-color-scheme:dark){.body,.back{background:#14191a!important}.sheet{background:#1f2628!important}"
    ".w,.w p,.w li,.w h1,.w h2,.w h3{color:#eef1ee!important}.q,.q p{color:#c3cbc4!important}"
    ".w a,.q a{color:#a9d4b8!important}.w a.pressed{color:$on!important}.line{border-color:#4a5453!important}.button,.option{border-color:#eef1ee!important}.option{background:#1f2628!important}}"
)


def _preheader(letter: Letter) -> SafeString:
    """What the list of letters shows after the subject; invisible here, and followed by nothing, lest the list go on with the letter."""
    words = fields.canonical(letter.preheader)
    if not words:
        return mark_safe("")
    return format_html(
        '<div class="pre" aria-hidden="true">{}{}</div>', words, mark_safe("&#847;&zwnj;&nbsp;" * 60)
    )


def _head(letter: Letter) -> SafeString:
    look, name = letter.look, _plain(letter.look.name(letter.language))
    if look.logo is None:
        return format_html('<tr><td class="in head w"><p class="name">{}</p></td></tr>', name)
    image = format_html(
        '<img class="logo" src="{}" width="{}" height="{}" alt="{}" border="0">',
        look.logo.url,
        look.logo.width,
        look.logo.height,
        name if look.logo.wide else "",
    )
    told = "" if look.logo.wide else format_html('<p class="name">{}</p>', name)
    return format_html('<tr><td class="in head w">{}{}</td></tr>', image, told)


# --- blocks -------------------------------------------------------------------------------------------------------------
def _row(block: Block, letter: Letter) -> SafeString:
    drawn = _DRAWERS[block["kind"]](block, letter)
    return format_html('<tr><td class="in part w">{}</td></tr>', drawn) if drawn else mark_safe("")


def words(text: str) -> SafeString:
    """Written text with its fields, as paragraphs, lists and links; sanitised. Its headings are next below the letter's own."""
    drawn = str(richtext.draw(fields.canonical(text)))
    return mark_safe(drawn.replace("<h3>", '<h2 class="sub">').replace("</h3>", "</h2>"))


def _heading(block: Block, letter: Letter) -> SafeString:
    first = next((b for b in letter.blocks if b["kind"] == "heading"), block)
    level = "h1" if first is block else "h2"
    return format_html("<{0}>{1}</{0}>", mark_safe(level), fields.canonical(block["text"]))


def _text(block: Block, letter: Letter) -> SafeString:
    return words(block["text"])


def _image(block: Block, letter: Letter) -> SafeString | str:
    key = parts.image_key(block)
    picture = letter.pictures.get(key) if key else None
    if picture is None:
        return ""
    width = min(picture.width, INNER)
    image: SafeString = format_html(
        '<img class="picture" src="{}" width="{}" height="{}" alt="{}" border="0">',
        picture.url,
        width,
        round(picture.height * width / picture.width),
        _plain(block["alt"]),
    )
    if parts.is_url(block["url"]):
        image = format_html('<a href="{}">{}</a>', block["url"], image)
    caption = fields.canonical(block["caption"])
    return format_html('{}<p class="caption">{}</p>', image, caption) if caption else image


def _button(block: Block, letter: Letter) -> SafeString | str:
    return button(block["text"], block["url"], letter.look.colour) if parts.is_url(block["url"]) else ""


def button(text: str, url: str, colour: str) -> SafeString:
    """A cell with a colour and a link that fills it: a button also where nothing but tables is known."""
    return format_html(
        '<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr><td class="button" bgcolor="{}" align="center">'
        '<a class="pressed" href="{}">{}</a></td></tr></table>',
        colour,
        url,
        fields.canonical(text),
    )


def choice(text: str, url: str) -> SafeString:
    """An answer of a poll: a frame and no colour of its own, so that the letter's own button stays the button."""
    return format_html(
        '<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr><td class="option">'
        '<a class="chosen" href="{}">{}</a></td></tr></table>',
        url,
        text,
    )


def _poll(block: Block, letter: Letter) -> SafeString | str:
    poll = letter.polls.get(int(block["poll"])) if block["poll"].isdigit() else None
    if poll is None:
        return ""
    question = format_html("<h2>{}</h2>", _plain(poll.question)) if poll.question else ""
    drawn = (
        (choice(_plain(text), url) if poll.question else button(_plain(text), url, letter.look.colour),)
        for text, url in poll.choices
    )
    choices = format_html_join("", '<tr><td class="choice">{}</td></tr>', drawn)
    note = format_html('<p class="q note">{}</p>', _plain(poll.note)) if poll.note else ""
    return format_html(
        '{}<table role="presentation" cellpadding="0" cellspacing="0" border="0">{}</table>{}',
        question,
        choices,
        note,
    )


_COLUMNS = """<!--[if mso]><table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td width="256" valign="top"><![endif]-->
<div class="half">{}</div><!--[if mso]></td><td width="24"></td><td width="256" valign="top"><![endif]--><div class="half last">{}</div>
<!--[if mso]></td></tr></table><![endif]-->"""


def _columns(block: Block, letter: Letter) -> SafeString:
    return format_html(_COLUMNS, _side(block, "left"), _side(block, "right"))


def _side(block: Block, side: str) -> SafeString:
    heading, url = fields.canonical(block[f"{side}_heading"]), block[f"{side}_url"]
    link = fields.canonical(block[f"{side}_button"])
    return format_html(
        "{}{}{}",
        format_html('<h2 class="sub">{}</h2>', heading) if heading else "",
        words(block[f"{side}_text"]),
        format_html('<p><a href="{}">{}</a></p>', url, link) if link and parts.is_url(url) else "",
    )


def _divider(block: Block, letter: Letter) -> SafeString:
    return mark_safe(
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td class="line">&nbsp;</td></tr></table>'
    )


_DRAWERS = {
    "heading": _heading,
    "text": _text,
    "image": _image,
    "button": _button,
    "poll": _poll,
    "columns": _columns,
    "divider": _divider,
}


def _plain(text: str) -> str:
    """Words without fields, for attributes and for what others have written."""
    return fields.PLACE.sub("", fields.canonical(text))


# --- the foot -----------------------------------------------------------------------------------------------------------
def _foot(letter: Letter) -> SafeString:
    lines = [format_html("<p>{}</p>", line) for line in foot_lines(letter)]
    links = [format_html('<a href="{}">{}</a>', mark_safe(url), text) for text, url in foot_links(letter)]
    lines.append(format_html("<p>{}</p>", mark_safe(" &nbsp; ".join(links))))
    return format_html('<tr><td class="in foot q">{}</td></tr>', mark_safe("".join(lines)))


def foot_lines(letter: Letter) -> list[str]:
    """Who sends, and why one gets it; the unit's own words between. In the language in force."""
    look, name = letter.look, letter.look.name(letter.language)
    why = _("You get this letter because you are a member of %(name)s.") % {"name": name}
    if not letter.refusable:
        why += " " + _("It belongs to the membership and comes to every member.")
    own = [line.strip() for line in look.footer(letter.language).splitlines() if line.strip()]
    sender = ", ".join([name, *look.address])
    return [_plain(line) for line in [*own, sender, why]]


def foot_links(letter: Letter) -> list[tuple[str, str]]:
    found = [
        (_("Read the letter in a browser"), "{{web_url}}"),
        (_("Choose what you get"), "{{preferences_url}}"),
    ]
    if letter.refusable:
        found.append((_("Stop these letters"), "{{unsubscribe_url}}"))
    return found


__all__ = [
    "Letter",
    "Logo",
    "Picture",
    "PollPart",
    "ResolvedLook",
    "escape",
    "foot_lines",
    "foot_links",
    "html",
    "subject",
]
