"""The form of an announcement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.forms.content import MARKS_HELP, ImageField, add_unit, languages_told, rich, segment_field
from communications.models import Announcement, Audience, Material
from communications.services.announcing import FIELDS
from jasenpalvelu.common.forms import FinnishDateField, OptionLabel, UiForm, conditional
from members.forms.fields import text
from members.models import OrgUnit
from members.scope import Scope

OPTIONS = [
    (Audience.OWN, OptionLabel(Audience.OWN.label)),
    (Audience.BELOW, OptionLabel(Audience.BELOW.label)),
    (
        Audience.OFFICERS,
        OptionLabel(Audience.OFFICERS.label, gettext_lazy("Those who hold a post in the service.")),
    ),
    (
        Audience.SEGMENT,
        OptionLabel(
            Audience.SEGMENT.label, gettext_lazy("Counted anew each time somebody opens their pages.")
        ),
    ),
    (Audience.PUBLIC, OptionLabel(Audience.PUBLIC.label, gettext_lazy("It can be linked to and found."))),
]


class AnnouncementForm(UiForm):
    """`announcement` is the one that is changed; `units` those whose name it may be in."""

    title_fi = conditional(text(gettext_lazy("Heading in Finnish"), length=120, required=False))
    body_fi = rich(gettext_lazy("Text in Finnish"), help_text=MARKS_HELP)
    title_sv = text(gettext_lazy("Heading in Swedish"), length=120, required=False)
    body_sv = rich(gettext_lazy("Text in Swedish"), rows=6)
    title_en = text(gettext_lazy("Heading in English"), length=120, required=False)
    body_en = rich(gettext_lazy("Text in English"), rows=6)
    picture = ImageField(
        label=gettext_lazy("Picture"),
        required=False,
        help_text=gettext_lazy("PNG or JPEG. It is made smaller, and where it was taken is left out."),
    )
    remove_picture = forms.BooleanField(label=gettext_lazy("Remove the present picture"), required=False)
    alt_fi = conditional(
        text(
            gettext_lazy("What the picture shows, in Finnish"),
            length=200,
            required=False,
        )
    )
    alt_sv = text(gettext_lazy("What the picture shows, in Swedish"), length=200, required=False)
    alt_en = text(gettext_lazy("What the picture shows, in English"), length=200, required=False)
    audience = forms.ChoiceField(
        label=gettext_lazy("For whom"), choices=OPTIONS, widget=forms.RadioSelect, initial=Audience.BELOW
    )
    visible_from = FinnishDateField(label=gettext_lazy("Shown from"))
    visible_until = FinnishDateField(
        label=gettext_lazy("Shown until"),
        required=False,
        help_text=gettext_lazy("Empty: until it is taken back."),
    )
    pinned = forms.BooleanField(
        label=gettext_lazy("Keep at the top of the list"),
        required=False,
    )
    important = forms.BooleanField(
        label=gettext_lazy("Important"),
        required=False,
        help_text=gettext_lazy("Shown first on the member's home page until it has been read."),
    )

    groups = (
        (gettext_lazy("Text"), ("unit", "title_fi", "body_fi")),
        (gettext_lazy("Picture"), ("picture", "remove_picture", "alt_fi", "alt_sv", "alt_en")),
        (gettext_lazy("Who sees it and when"), (
            "audience", "segment", "visible_from", "visible_until", "pinned", "important",
        )),
        (gettext_lazy("Materials"), ("materials",)),
    )  # fmt: skip
    other_languages = (
        (gettext_lazy("In Swedish"), ("title_sv", "body_sv")),
        (gettext_lazy("In English"), ("title_en", "body_en")),
    )

    def __init__(
        self,
        *args: Any,
        scope: Scope,
        today: date,
        units: Sequence[OrgUnit],
        materials: Sequence[Material] = (),
        announcement: Announcement | None = None,
        **kwargs: Any,
    ) -> None:
        initial: dict[str, Any] = {"visible_from": today}
        if announcement is not None:
            initial = {name: getattr(announcement, name) for name in FIELDS}
            initial["segment"] = announcement.segment_id
            initial["materials"] = [link.material_id for link in announcement.material_links.order_by("pk")]
        super().__init__(*args, initial=initial, **kwargs)
        self.announcement = announcement
        self.has_picture = bool(announcement and announcement.picture)
        self.fields["segment"] = conditional(
            segment_field(scope, announcement.segment if announcement else None)
        )
        if materials:
            self.fields["materials"] = forms.TypedMultipleChoiceField(
                label=_("Materials it offers"),
                choices=[(material.pk, material.title) for material in materials],
                coerce=int,
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
        if not self.has_picture:
            del self.fields["remove_picture"]
        add_unit(
            self, units, _("In this unit's name. Members of the units below see it where you choose so.")
        )

    def sections(self) -> list[tuple[Any, list[Any]]]:
        """Headings with their fields, as the page shows them."""
        return [
            (title, fields)
            for title, names in self.groups
            if (fields := [self[name] for name in names if name in self.fields])
        ]

    def translations(self) -> list[tuple[Any, list[Any], bool]]:
        """Further languages, each open when something has been written or is wrong there."""
        found = []
        for title, names in self.other_languages:
            fields = [self[name] for name in names]
            found.append((title, fields, any(field.value() or field.errors for field in fields)))
        return found

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        titles = list(languages_told(data, "title"))
        if not titles and "title_fi" not in self.errors:
            self.add_error("title_fi", _("Write a heading in one language at least."))
        for code in languages_told(data, "body"):
            if code not in titles and f"title_{code}" not in self.errors and titles:
                self.add_error(f"title_{code}", _("Write the heading of this text too."))
        self._clean_picture(data)
        self._clean_aim(data)
        return data

    def _clean_picture(self, data: dict[str, Any]) -> None:
        kept = data.get("picture") or (self.has_picture and not data.get("remove_picture"))
        if kept and not list(languages_told(data, "alt")):
            self.add_error(
                "alt_fi",
                _("Tell in words what the picture shows, for those who do not see it."),
            )

    def _clean_aim(self, data: dict[str, Any]) -> None:
        if data.get("audience") == Audience.SEGMENT and data.get("segment") is None:
            self.add_error("segment", _("Choose the segment."))
        start, end = data.get("visible_from"), data.get("visible_until")
        if start and end and end < start:
            self.add_error("visible_until", _("The last day is before the first one."))

    @property
    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {name: data[name] for name in FIELDS if name != "segment"}
