"""The card of the contact log on the member's page, for readers of contact details who see what their association sends (COM-3)."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from communications.contact_words import lines
from communications.models import ContactEntry
from communications.permissions import ANSWER, VIEW
from members import panels
from members.merged import entries

SHOWN = 5


@panels.register("contact_log", order=60, classes="B")
def contact_panel(asked: panels.Asked) -> panels.Panel | None:
    """The last contacts of units within reach."""
    if not any(asked.scope.can(VIEW, unit, "B") for unit in asked.unit_ids):
        return None
    rows = ContactEntry.objects.visible_to(asked.scope).filter(party__in=entries(asked.party.pk))
    context = {
        "lines": lines(rows.newest_first()[:SHOWN]),
        "add": reverse("office:note_add", args=[asked.party.pk]),
        "write": reverse("office:talk_new", args=[asked.party.pk])
        if any(asked.scope.can(ANSWER, unit) for unit in asked.unit_ids)
        else "",
    }
    return panels.Panel(
        _("Contact log"),
        "office/contacts/_panel.html",
        context,
        link=reverse("office:contact_log", args=[asked.party.pk]),
        link_text=_("Everything"),
    )
