"""Letters on the member's page of messages: the newest ones, to be read again."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy

from communications import letters_archive, portal_messages
from communications.readers import reader_of


@portal_messages.register("letters", title=gettext_lazy("Letters"), order=20, more="portal:letters")
def letters(asked: portal_messages.Asked) -> list[portal_messages.Item]:
    rows = letters_archive.of_member(reader_of(asked.party_id, asked.on)).order_by("-frozen_at", "-pk")
    return [
        portal_messages.Item(
            title=letters_archive.name_of(one),
            url=reverse("portal:letter", args=[one.uuid]),
            at=one.frozen_at,
            text=str(one.unit),
        )
        for one in rows[: asked.limit]
    ]
