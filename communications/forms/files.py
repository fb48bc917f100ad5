"""A field for several attachments, each known by its content."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications import attachments
from communications.attachments import Attached
from communications.filekinds import FileError


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    ui_width, ui_look = "", ""


class FilesField(forms.FileField):
    """Cleans to a list of `Attached`. Files that are refused are named one by one."""

    widget = FilesInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("label", gettext_lazy("Attachments"))
        kwargs.setdefault(
            "help_text",
            gettext_lazy(
                "PDF, pictures, Word, Excel, OpenDocument or text. At most five files of 10 MB each."
            ),
        )
        super().__init__(**kwargs)
        self.widget.attrs["accept"] = ",".join(attachments.ENDINGS)

    def clean(self, data: Any, initial: Any = None) -> list[Attached]:
        uploads = [upload for upload in (data if isinstance(data, list | tuple) else [data]) if upload]
        if len(uploads) > attachments.MOST_FILES:
            raise ValidationError(_("Attach at most five files."), code="files")
        kept, refused = [], []
        for upload in uploads:
            try:
                if upload.size > attachments.MOST_BYTES:
                    raise FileError("large", attachments.clean_name(upload.name))
                kept.append(attachments.checked(upload.name, upload.read()))
            except FileError as error:
                refused.append(_fault(error))
        if refused:
            raise ValidationError(refused)
        return kept


def _fault(error: FileError) -> str:
    texts = {
        "large": _("%(name)s is larger than 10 MB."),
        "empty": _("%(name)s is empty."),
        "broken": _("%(name)s cannot be opened. Save it again and send it anew."),
        "macros": _("%(name)s holds programs (macros). Save it without them."),
        "type": _("%(name)s is not a PDF, a picture, a Word, Excel or OpenDocument file or text."),
    }
    return texts[error.code] % {"name": error.name or attachments.clean_name("")}
