"""What the forms of announcements, materials, benefits and campaigns share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.images import LARGEST, ImageError, Kept, read_image
from communications.readers import may_choose
from jasenpalvelu.common.forms import UiForm, sized
from members.models import OrgUnit, Segment
from members.scope import Scope

MARKS_HELP = gettext_lazy(
    "An empty line begins a new paragraph. Begin a heading with ## and a line of a list with -. "
    "**Bold** and *italic* go between stars. A link is [words](https://address)."
)
IMAGE_ERRORS = {
    "large": gettext_lazy("The picture is too large. Send one of at most %(limit)s MB."),
    "type": gettext_lazy("The picture must be a PNG or JPEG."),
    "broken": gettext_lazy("The picture cannot be opened. Save it again and send it anew."),
    "pixels": gettext_lazy("The picture has too many dots. Make it smaller and send it anew."),
}
TEXT_LENGTH = 20_000


class ImageField(forms.FileField):
    """A picture that is ready to be kept."""

    widget = forms.FileInput

    def clean(self, data: Any, initial: Any = None) -> Kept | None:
        sent = super().clean(data, initial)
        if not sent or not hasattr(sent, "read"):
            return None
        try:
            return read_image(sent.read(LARGEST + 1))
        except ImageError as error:
            raise ValidationError(
                IMAGE_ERRORS[error.code], code=error.code, params={"limit": LARGEST // (1024 * 1024)}
            ) from None


def rich(label: Any, *, rows: int = 8, help_text: Any = "", length: int = TEXT_LENGTH) -> forms.CharField:
    """Text with the marks of `common.richtext`."""
    return forms.CharField(
        label=label,
        max_length=length,
        required=False,
        help_text=help_text,
        widget=sized(forms.Textarea({"rows": str(rows), "data-rich": ""}), "wide"),
    )


def add_unit(form: UiForm, units: Sequence[OrgUnit], help_text: Any) -> None:
    """In whose name it is, where there are several to choose from."""
    if len(units) > 1:
        form.fields["unit"] = forms.TypedChoiceField(
            label=_("Whose"),
            choices=[(unit.pk, unit.name) for unit in units],
            coerce=int,
            help_text=help_text,
            widget=sized(forms.Select(), "m"),
        )
        form.order_fields(["unit"])


def chosen_unit(form: UiForm, units: Sequence[OrgUnit]) -> OrgUnit:
    wanted = form.cleaned_data.get("unit")
    return next((unit for unit in units if unit.pk == wanted), units[0])


def segment_field(scope: Scope, kept: Segment | None = None) -> forms.TypedChoiceField:
    """Segments the person may open; the one that is in use stays, whoever made it."""
    rows = list(Segment.objects.visible_to(scope).order_by("name", "pk"))
    if kept is not None and all(row.pk != kept.pk for row in rows):
        rows.append(kept)
    return forms.TypedChoiceField(
        label=_("Segment"),
        choices=[("", _("No segment")), *((row.pk, row.name) for row in rows)],
        coerce=int,
        empty_value=None,
        required=False,
        widget=sized(forms.Select(), "m"),
    )


def chosen_segment(
    form: UiForm, scope: Scope, unit: OrgUnit, *, name: str = "segment", kept: Segment | None = None
) -> Segment | None:
    """The segment chosen in the form; an error beside the field for one that may not be aimed at in the unit's name."""
    pk = form.cleaned_data.get(name)
    if pk is None:
        return None
    if kept is not None and kept.pk == pk:
        return kept
    found = Segment.objects.visible_to(scope).filter(pk=pk).first()
    if found is None or not may_choose(scope, found, unit.pk):
        form.add_error(name, _("You do not see of these members what the segment asks. Choose another one."))
        return None
    return found


def languages_told(data: dict[str, Any], name: str) -> Iterable[str]:
    return [code for code in ("fi", "sv", "en") if (data.get(f"{name}_{code}") or "").strip()]
