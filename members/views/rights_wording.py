"""Why an act about a post was refused, beside the field it concerns."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _

from members.rights_reading import right_text
from members.services.mandates import MandateError


def mandate_error(error: MandateError, form: forms.Form) -> tuple[str | None, str]:
    """The field and what to do; no field when the form has none for it."""
    field, text = _text(error)
    return (field if field in form.fields else None), text


def _text(error: MandateError) -> tuple[str | None, str]:
    if error.code == "more":
        goes = "; ".join(right_text(right) for right in error.rights)
        return "role", _("You cannot give more than you hold. This goes beyond it: %(rights)s.") % {
            "rights": goes
        }
    texts: dict[str, tuple[str | None, str]] = {
        "unit": (None, _("You do not give posts in this unit.")),
        "role": ("role", _("This role cannot be given in this unit. Choose another.")),
        "units": ("units", _("Choose at least one unit: the role reaches the units named here.")),
        "self": (None, _("Nobody gives a post to oneself.")),
        "period": ("last", _("The last day must be after the first and within the post's own term.")),
        "long": ("last", _("The role is given for a shorter time. Choose an earlier last day.")),
        "early": ("first", _("The post cannot begin before it was decided on.")),
        "held": ("role", _("The person has this post already at that time.")),
        "dead": (None, _("The person has died.")),
        "organisation": (None, _("Only a person can have a post.")),
        "ended": (None, _("The post has ended already.")),
        "address": ("email", _("Check the e-mail address. Example: maija@esimerkki.fi")),
        "known": (
            "email",
            _("A member has this address already. Go back and search for the member by name."),
        ),
        "other": ("email", _("Somebody else logs in with this address. Ask for another.")),
        "later": (None, _("This can no longer be undone: something was done after it.")),
    }
    fallback = (None, _("The post has changed meanwhile. Open it again."))
    return texts.get(error.code, fallback)
