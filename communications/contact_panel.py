"""The card of the contact log on the member's page, for readers of contact details who see what their association sends (COM-3)."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from communications.contact_words import lines
from communications.models import ContactEntry
from communications.permissions import ANSWER, VIEW
from jasenpalvelu.audit.models import Change
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


@panels.describes("communications_contactnote", classes="B")
def note_words(change: Change) -> str:
    """A note in the member's history: what stood there stays to be read."""
    before, after = (change.before or {}).get("text", ""), (change.after or {}).get("text", "")
    if change.op == "I":
        return _("Written into the contact log: %(text)s") % {"text": after}
    if change.op == "D":
        return _("A note was removed from the contact log: %(text)s") % {"text": before}
    if before == after:
        return _("A note in the contact log was changed")
    return _("A note in the contact log was changed: %(before)s → %(after)s") % {
        "before": before,
        "after": after,
    }
