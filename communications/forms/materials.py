"""The form of a material, and the search of the bank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.filekinds import FileError
from communications.forms.content import add_unit
from communications.models import Material, MaterialAudience, MaterialKind
from communications.services.materials import tags_of
from communications.uploads import LARGEST, NAMES, Looked, look
from jasenpalvelu.accounts.models import User
from jasenpalvelu.common.forms import FilterForm, FinnishDateField, UiForm, conditional, sized
from members.forms.fields import text
from members.models import OrgUnit, RoleTemplate
from members.models.memberships import FEDERATION_TYPES
from members.models.parties import LANGUAGES

ERRORS = {
    "empty": gettext_lazy("The file is empty."),
    "large": gettext_lazy("The file is too large. The largest is %(limit)s MB."),
    "type": gettext_lazy("This kind of file is not taken. Take one of these: %(names)s."),
    "macros": gettext_lazy("The file has macros. Save it without macros and send it anew."),
    "broken": gettext_lazy("The file cannot be opened. Save it again and send it anew."),
}


class UploadField(forms.FileField):
    """A file with what is in it."""

    widget = forms.FileInput

    def clean(self, data: Any, initial: Any = None) -> tuple[BinaryIO, Looked] | None:
        if data is not None and getattr(data, "size", 1) == 0:
            raise ValidationError(ERRORS["empty"])
        sent = super().clean(data, initial)
        if not sent or not hasattr(sent, "read"):
            return None
        try:
            return sent, look(sent, size=sent.size, name=str(sent.name or ""))
        except FileError as error:
            told = {"limit": LARGEST // (1024 * 1024), "names": NAMES}
            raise ValidationError(ERRORS[error.code], code=error.code, params=told) from None


class MaterialForm(UiForm):
    """`material` is the one that is changed: its file may stay as it is."""

    title = text(gettext_lazy("Name"), length=120, width="m")
    file = UploadField(label=gettext_lazy("File"))
    note = text(gettext_lazy("What changed in this version"), length=200, required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("Sort of material"),
        choices=MaterialKind.choices,
        widget=sized(forms.Select(), "s"),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=LANGUAGES, widget=sized(forms.Select(), "s")
    )
    description = forms.CharField(
        label=gettext_lazy("What it is for"),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": "3"}),
    )
    tags = text(gettext_lazy("Topics"), length=300, required=False)
    audience = forms.ChoiceField(
        label=gettext_lazy("For whom"), choices=MaterialAudience.choices, widget=forms.RadioSelect
    )
    types = conditional(
        forms.MultipleChoiceField(
            label=gettext_lazy("Types of members"),
            choices=FEDERATION_TYPES,
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )
    )
    roles = conditional(
        forms.MultipleChoiceField(
            label=gettext_lazy("Posts"), required=False, widget=forms.CheckboxSelectMultiple
        )
    )
    valid_until = FinnishDateField(
        label=gettext_lazy("Valid until"),
        required=False,
        help_text=gettext_lazy("You are reminded a month before. Empty: until it is removed."),
    )

    def __init__(
        self, *args: Any, units: Sequence[OrgUnit], material: Material | None = None, **kwargs: Any
    ) -> None:
        initial: dict[str, Any] = {"audience": MaterialAudience.MEMBERS, "language": "fi"}
        if material is not None:
            names = ("title", "kind", "language", "description", "audience", "types", "roles", "valid_until")
            initial = {name: getattr(material, name) for name in names} | {"tags": ", ".join(material.tags)}
        super().__init__(*args, initial=initial, **kwargs)
        roles = RoleTemplate.objects.filter(active=True).order_by("code")
        self.fields["roles"].choices = [  # type: ignore[attr-defined]
            (role.code, str(role)) for role in roles if role.unit_id in {None, *(unit.pk for unit in units)}
        ]
        self.fields["file"].help_text = _("%(names)s. At most %(limit)s MB.") % {
            "names": NAMES,
            "limit": LARGEST // (1024 * 1024),
        }
        self.fields["tags"].help_text = _("With commas between them: meetings, models")
        if material is None:
            del self.fields["note"]
        else:
            self.fields["file"].required = False
            self.fields["file"].label = _("New version of the file")
        add_unit(self, units, _("For the members of this unit and of those below it."))

    def clean_tags(self) -> list[str]:
        return tags_of(self.cleaned_data["tags"])

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for audience, name in ((MaterialAudience.TYPES, "types"), (MaterialAudience.ROLES, "roles")):
            if data.get("audience") == audience and not data.get(name):
                self.add_error(name, _("Choose at least one."))
            if data.get("audience") != audience:
                data[name] = []
        return data

    def values(self, owner: User | None) -> dict[str, Any]:
        data = self.cleaned_data
        left = {"file", "note", "unit"}
        return {name: value for name, value in data.items() if name not in left} | {"owner": owner}


class BankFilter(FilterForm):
    """The search of the bank."""

    q = forms.CharField(
        label=gettext_lazy("Search"), max_length=100, widget=forms.TextInput({"type": "search"})
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Sort of material"), choices=[("", gettext_lazy("All")), *MaterialKind.choices]
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=[("", gettext_lazy("All")), *LANGUAGES]
    )
    tag = forms.ChoiceField(label=gettext_lazy("Topic"))

    def __init__(self, *args: Any, tags: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tag"].choices = [("", _("All")), *((tag, tag) for tag in tags)]  # type: ignore[attr-defined]
