"""The form of one block, by its kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.forms.letters import FieldText
from communications.images import LARGEST, ImageError
from communications.letters import blocks as parts
from communications.letters import pictures
from communications.letters.blocks import Block
from communications.models import Survey, SurveyState
from jasenpalvelu.common.forms import UiForm, sized

KIND_NAMES = {
    "heading": gettext_lazy("Heading"),
    "text": gettext_lazy("Text"),
    "image": gettext_lazy("Picture"),
    "button": gettext_lazy("Button"),
    "poll": gettext_lazy("Poll"),
    "columns": gettext_lazy("Two columns"),
    "divider": gettext_lazy("Dividing line"),
}
ICONS = {
    "heading": "heading", "text": "text", "image": "image", "button": "link", "poll": "chart", "columns": "columns", "divider": "drag",
}  # fmt: skip
MARKS = gettext_lazy(
    "An empty line begins a new paragraph, - begins a line of a list. **Bold** and *italic* go between stars. "
    "A link comes of an address, or [words](https://address)."
)
PICTURE_ERRORS = {
    "large": gettext_lazy("The picture is too large. Send one of at most 10 MB."),
    "type": gettext_lazy("The picture must be a PNG, JPEG, WebP or GIF."),
    "broken": gettext_lazy("The picture cannot be opened. Save it again and send it anew."),
    "pixels": gettext_lazy("The picture has too many dots. Make it smaller and send it anew."),
}
URL_HELP = gettext_lazy("A whole address, such as https://example.fi/page.")


class Address(forms.CharField):
    def validate(self, value: str) -> None:
        super().validate(value)
        if value and not parts.is_url(value):
            raise ValidationError(_("Write the whole address, such as https://example.fi/page."))


class PictureField(forms.FileField):
    widget = forms.FileInput({"accept": "image/png,image/jpeg,image/webp,image/gif"})

    def clean(self, data: Any, initial: Any = None) -> pictures.Kept | None:
        sent = super().clean(data, initial)
        if not sent or not hasattr(sent, "read"):
            return None
        try:
            return pictures.read(sent.read(LARGEST + 1))
        except ImageError as error:
            raise ValidationError(PICTURE_ERRORS[error.code], code=error.code) from None


def _line(label: Any, longest: int, **kwargs: Any) -> FieldText:
    return FieldText(label=label, max_length=longest, required=False, **kwargs)


def _area(label: Any, longest: int, rows: int = 6, help_text: Any = "") -> FieldText:
    widget = sized(forms.Textarea({"rows": str(rows)}), "wide")
    return FieldText(label=label, max_length=longest, required=False, help_text=help_text, widget=widget)


def _address(label: Any, help_text: Any = URL_HELP) -> Address:
    return Address(label=label, max_length=500, required=False, help_text=help_text)


def _fields(kind: str) -> dict[str, forms.Field]:
    longest = parts.KINDS[kind]
    if kind == "heading":
        return {"text": _line(_("Heading"), longest["text"])}
    if kind == "text":
        return {"text": _area(_("Text"), longest["text"], 8, MARKS)}
    if kind == "button":
        return {
            "text": _line(_("Words of the button"), longest["text"]),
            "url": _address(_("Where it leads")),
        }
    if kind == "image":
        told = _("What it shows, for those who do not see it. One or two sentences.")
        return {
            "image": forms.CharField(max_length=36, required=False, widget=forms.HiddenInput),
            "file": PictureField(
                label=_("Picture"),
                required=False,
                help_text=_("PNG, JPEG, WebP or GIF. It is made smaller by itself."),
            ),
            "alt": forms.CharField(
                label=_("The picture told in words"), max_length=200, required=False, help_text=told
            ),
            "caption": _line(_("Words under the picture"), longest["caption"]),
            "url": _address(_("Where a press on the picture leads")),
        }
    if kind == "columns":
        sides = (("left", _("Left column"), ""), ("right", _("Right column"), MARKS))
        return {
            name: field for side, label, marks in sides for name, field in _side(side, label, marks).items()
        }
    return {}


def _side(side: str, label: str, marks: Any) -> dict[str, forms.Field]:
    return {
        f"{side}_heading": _line(_("%(side)s: heading") % {"side": label}, 120),
        f"{side}_text": _area(_("%(side)s: text") % {"side": label}, 2000, 5, marks),
        f"{side}_button": _line(_("%(side)s: words of the link") % {"side": label}, 60),
        f"{side}_url": _address(_("%(side)s: address of the link") % {"side": label}),
    }


def _poll(polls: Sequence[Survey]) -> forms.ChoiceField:
    """Of those that are asked of whoever gets the letter. What stands there is told, and why there is nothing."""
    told = [
        (
            str(poll.pk),
            str(poll) if poll.state == SurveyState.OPEN else f"{poll} ({poll.get_state_display()})",
        )
        for poll in polls
    ]
    about = (
        _("Here are the open polls that are asked of those who get the letter.")
        if polls
        else _(
            "There is nothing to choose yet. A letter takes a poll that is asked of those who get the letter: other surveys go out by themselves."
        )
    )
    return forms.ChoiceField(
        label=_("Poll"),
        choices=[("", _("Choose a poll")), *told],
        required=False,
        help_text=about,
        widget=sized(forms.Select(), "m"),
    )


# What a block cannot do without is not called optional.
_NEEDED = {"text", "alt", "file", "poll", "left_text", "right_text"}


class BlockForm(UiForm):
    """Nothing is required here: a half-written block is kept, and the checks before sending tell what is missing."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, block: Block, polls: Iterable[Survey] = (), **kwargs: Any) -> None:
        self.block = block
        kwargs.setdefault("initial", block)
        kwargs["initial"] = {**kwargs["initial"], "seen": parts.digest(block)}
        super().__init__(*args, prefix=f"b{block['id']}", **kwargs)
        for name, field in _fields(block["kind"]).items():
            self.fields[name] = field
        if block["kind"] == "poll":
            self.fields["poll"] = _poll(list(polls))
        for name, field in self.fields.items():
            field.widget.ui_optional = not (name in _NEEDED or (block["kind"] == "button" and name == "url"))

    @property
    def picture(self) -> pictures.Kept | None:
        found: pictures.Kept | None = self.cleaned_data.get("file")
        return found

    @property
    def typed(self) -> Block:
        """The block as it was typed; the picture it had stays unless another is sent."""
        told = {name: self.cleaned_data[name] for name in self.fields if name not in {"seen", "file"}}
        return self.block | told
