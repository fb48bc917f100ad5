"""Which letters one wants: a group of boxes for each topic, with the words a consent is given to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.models import Channel, TopicClass
from communications.services.wishing import Wanted
from communications.wishes import Wish
from jasenpalvelu.common.forms import UiForm, sized

SEEN, WAS = "seen", "was"
_CHANNELS = {Channel.LETTER: gettext_lazy("letter on paper")}  # beside "my letters", which come by e-mail too


class WishesForm(UiForm):
    """What the person changed is told, not what the page happened to show."""

    def __init__(self, data: Any = None, *, asked: Iterable[Wish], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.asked = list(asked)
        for wish in self.asked:
            self.fields[_name(wish)] = _boxes(wish)

    @property
    def letters(self) -> list[BoundField]:
        return self._of(TopicClass.MEMBER)

    @property
    def marketing(self) -> list[BoundField]:
        return self._of(TopicClass.MARKETING)

    def _of(self, klass: str) -> list[BoundField]:
        return [self[_name(wish)] for wish in self.asked if wish.topic.klass == klass]

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """Which versions of the words are on the page, and what held when it was opened."""
        texts = sorted({text.pk for wish in self.asked for text in wish.texts})
        held = [(f"{WAS}_{_name(wish)}", ",".join(_wanted(wish))) for wish in self.asked]
        return [(SEEN, ",".join(map(str, texts))), *held]

    @property
    def shown(self) -> set[int]:
        return {
            int(key) for key in str(self.data.get(SEEN, "")).split(",") if key.isascii() and key.isdigit()
        }

    @property
    def changes(self) -> list[Wanted]:
        return [
            Wanted(wish.topic.pk, int(box.channel), ticked)
            for wish in self.asked
            for box in wish.boxes
            if (ticked := str(int(box.channel)) in self.cleaned_data[_name(wish)])
            != (str(int(box.channel)) in self._was(wish))
        ]

    def _was(self, wish: Wish) -> list[str]:
        return str(self.data.get(f"{WAS}_{_name(wish)}", "")).split(",")


def _name(wish: Wish) -> str:
    return f"t{wish.topic.pk}"


def _wanted(wish: Wish) -> list[str]:
    return [str(int(box.channel)) for box in wish.boxes if box.wanted]


def _boxes(wish: Wish) -> forms.MultipleChoiceField:
    widget = sized(forms.CheckboxSelectMultiple(), "wide")
    widget.ui_optional = False  # type: ignore[attr-defined]
    names = [
        (str(int(box.channel)), str(_CHANNELS.get(box.channel, box.channel.label))) for box in wish.boxes
    ]
    return forms.MultipleChoiceField(
        label=str(wish.topic),
        choices=[(key, name[:1].upper() + name[1:]) for key, name in names],
        help_text=_help(wish),
        required=False,
        initial=_wanted(wish),
        widget=widget,
    )


def _help(wish: Wish) -> str:
    """What the letters are, the words a yes is said to, and why something that was allowed is not any more."""
    told = [wish.topic.description, *(text.text for text in wish.texts)]
    if wish.outdated:
        told.append(_("What you chose earlier does not count any more: choose again."))
    return " ".join(dict.fromkeys(text for text in told if text))
