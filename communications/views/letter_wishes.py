"""The form of one's letters, the same by a signed link and on one's own pages."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from communications.forms.wishes import WishesForm
from communications.services import wishing
from communications.services.wishing import WishError
from communications.wishes import Wishes, wishes_of
from jasenpalvelu.accounts.models import User
from jasenpalvelu.common import clock
from members.models import Party


def form_of(data: Any, party: Party) -> tuple[Wishes, WishesForm]:
    found = wishes_of(party, clock.today())
    return found, WishesForm(data, asked=found.asked)


def save(form: WishesForm, *, party: Party, actor: User | None, source: str) -> bool:
    """Whether the choices were kept; the form says why they were not."""
    if not form.is_valid():
        return False
    try:
        wishing.choose(
            actor=actor,
            party=party,
            changes=form.changes,
            shown=form.shown,
            source=source,
            at=clock.now(),
            on=clock.today(),
        )
    except WishError as error:
        form.add_error(None, _said(error.code))
        return False
    return True


def _said(code: str) -> str:
    if code == "guardian":
        return _("You are under 13, so your guardian gives consents for you: by telephone or at the office.")
    if code == "text":
        return _("The words have changed while the page was open. Read them and choose.")
    return _("The choices have changed while the page was open. Look at them and save again.")
