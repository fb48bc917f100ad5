"""Links between parties: family, guardians, payers, contact persons. Dated: a link ends, it is not erased (REG-2)."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import Party, PartyLink
from members.models.parties import LinkKind


class LinkError(Exception):
    """`code`: itself, exists, not_person, ended."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


PERSONS_ONLY = {LinkKind.SPOUSE, LinkKind.CHILD, LinkKind.GUARDIAN}


def add_link(*, actor: User | None, party: Party, other: Party, kind: str, on: date) -> PartyLink:
    """`other` becomes the `kind` of `party` from the day on; a spouse is stored once, whichever way it is said."""
    if party.pk == other.pk:
        raise LinkError("itself")
    if kind in PERSONS_ONLY and not (party.is_person and other.is_person):
        raise LinkError("not_person")
    with mutation(actor=actor, kind="party.link", summary=party.display_name):
        pks = sorted((party.pk, other.pk))
        list(Party.objects.select_for_update().filter(pk__in=pks).order_by("pk"))
        same = Q(party=party, other=other)
        if kind == LinkKind.SPOUSE:
            same |= Q(party=other, other=party)
        if PartyLink.objects.filter(same, kind=kind, valid_to__isnull=True).exists():
            raise LinkError("exists")
        return PartyLink.objects.create(party=party, other=other, kind=kind, valid_from=on)


def end_link(*, actor: User | None, link: PartyLink, on: date) -> PartyLink:
    """The link is in force on the day before `on` for the last time; one made today leaves no day in force."""
    with mutation(actor=actor, kind="party.link_end", summary=link.party.display_name):
        link = PartyLink.objects.select_for_update(of=("self",)).get(pk=link.pk)
        if link.valid_to is not None:
            raise LinkError("ended")
        if link.valid_from is not None and link.valid_from >= on:
            link.delete()
            return link
        link.valid_to = date.fromordinal(on.toordinal() - 1)
        link.save(update_fields=["valid_to"])
        return link
