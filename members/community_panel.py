"""The card of skills, interests and groups on the member's page, for readers of contact details (class B, REG-18)."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from members import panels
from members.models import GroupMember, PartyTerm
from members.models.community import TermKind, offered_by


@panels.register("community", order=40, column="side", classes="B")
def community_panel(asked: panels.Asked) -> panels.Panel | None:
    """What the member tells of themself, by kind, and their groups; nothing is asked of one who tells nothing (`tells`)."""
    if not getattr(asked.party, "tells", True):
        return None
    # Words and groups of an association beyond the reader's reach would tell that the member belongs there.
    terms = PartyTerm.objects.visible_to(asked.scope).filter(
        offered_by(asked.unit_ids, "term__unit"), party=asked.party, valid_to=None
    )
    chosen = [row.term for row in terms.select_related("term").order_by("term__kind", "term__name_fi", "pk")]
    kinds = [
        (str(TermKind(kind).label).capitalize(), [term for term in chosen if term.kind == kind])
        for kind in TermKind.values
    ]
    places = GroupMember.objects.visible_to(asked.scope).filter(
        offered_by(asked.unit_ids, "group__unit"), party=asked.party, valid_to=None
    )
    groups = list(places.select_related("group").order_by("group__name", "pk"))
    if not chosen and not groups:
        return None
    context = {"kinds": [kind for kind in kinds if kind[1]], "groups": groups}
    return panels.Panel(
        _("Skills and groups"),
        "office/members/_community.html",
        context,
        link=reverse("office:community"),
        link_text=_("All"),
    )
