"""What stops a change: asked for its page, again when it begins, and each night for those whose day has come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jasenpalvelu.common.dates import format_date
from members import reorganising
from members.models import Expulsion, ImportBatch, Membership, OrgChange, OrgUnit
from members.models.imports import BatchState
from members.models.reorganising import CAPABILITY, UNDER_WAY, ChangeKind, PostChoice
from members.reorganising import Conflict
from members.scope import Scope
from members.services.reorganising import going, posts, sketching

OPEN_IMPORTS = (
    BatchState.UPLOADED,
    BatchState.CHECKING,
    BatchState.CHECKED,
    BatchState.COMMITTING,
    BatchState.ROLLING_BACK,
)
MOST = 20


def conflicts(change: OrgChange, *, scope: Scope, on: date) -> list[Conflict]:
    """`scope` is that of the one who plans it: whatever it gives on is given in that name."""
    units = OrgUnit.objects.in_bulk(change.unit_ids)
    found = [*_rights(change, scope), *_units(change, units), *_others(change), *_shape(change, scope, on)]
    if change.kind != ChangeKind.MOVE:
        found += [*_imports(change, units), *_hearings(change), *_unclear(change), *_posts(change, scope)]
    return found + reorganising.objections(sketching.sketch(change, scope=scope, on=on))


def _rights(change: OrgChange, scope: Scope) -> Iterator[Conflict]:
    if not all(scope.can(CAPABILITY, pk) for pk in change.unit_ids):
        yield Conflict(_("The one who planned it may not change all of these units any more."))


def _units(change: OrgChange, units: dict[int, OrgUnit]) -> Iterator[Conflict]:
    for pk in sorted({*change.sources, *([change.target_id] if change.target_id else [])}):
        unit, first = units[pk], change.effective_on
        here = reverse("office:unit", args=[pk])
        if unit.valid_to is not None and unit.valid_to < first:
            text = _("%(unit)s has ended on %(day)s.") % {"unit": unit, "day": format_date(unit.valid_to)}
            yield Conflict(text, here, _("See the unit"))
        elif unit.valid_from is not None and unit.valid_from >= first:
            text = _("%(unit)s begins on %(day)s. The change has to be later.")
            yield Conflict(
                text % {"unit": unit, "day": format_date(unit.valid_from)}, here, _("See the unit")
            )


def _others(change: OrgChange) -> Iterator[Conflict]:
    rows = OrgChange.objects.touching(change.unit_ids).filter(state__in=UNDER_WAY).exclude(pk=change.pk)
    for other in rows.order_by("pk"):
        url = reverse("office:unit_change", args=[other.pk])
        yield Conflict(_("Another change of the same units is under way."), url, _("See the other change"))


def _shape(change: OrgChange, scope: Scope, on: date) -> Iterator[Conflict]:
    here = reverse("office:unit_change_edit", args=[change.pk])
    if change.kind == ChangeKind.SPLIT:
        going_on = Membership.objects.filter(going.lasting(change.effective_on), unit__in=change.sources)
        leaving = going.memberships(change, scope=scope, on=on)
        divide = reverse("office:unit_change_division", args=[change.pk])
        if not leaving.exists():
            yield Conflict(_("Nobody would go to the new unit."), divide, _("Say who goes"))
        elif not going_on.exclude(pk__in=leaving.order_by().values("pk")).exists():
            yield Conflict(_("Everybody would go to the new unit."), divide, _("Say who goes"))
    if change.kind == ChangeKind.MOVE and change.target_id is not None:
        if sketching.would_loop(change):
            yield Conflict(_("The unit would come to lie below itself."), here, _("Choose another unit"))
        if sketching.is_there(change):
            yield Conflict(_("The unit belongs there already."), here, _("Choose another unit"))


def _imports(change: OrgChange, units: dict[int, OrgUnit]) -> Iterator[Conflict]:
    rows = ImportBatch.objects.filter(unit__in=change.unit_ids, state__in=OPEN_IMPORTS)
    for batch in rows.order_by("pk")[:MOST]:
        text = _("An import of %(unit)s is open. Save it or discard it.") % {"unit": units[batch.unit_id]}
        yield Conflict(text, reverse("office:import", args=[batch.pk]), _("See the import"))


def _hearings(change: OrgChange) -> Iterator[Conflict]:
    """A member who is being heard answers to the board that heard them."""
    rows = Expulsion.objects.under_way().filter(membership__unit__in=change.ending or change.sources)
    for row in rows.select_related("membership__party").order_by("pk")[:MOST]:
        name = row.membership.party.display_name
        text = _("The expulsion of %(name)s waits for the board: decide it or give it up first.")
        url = reverse("office:expulsion", args=[row.membership.party_id, row.membership_id])
        yield Conflict(text % {"name": name}, url, _("See the expulsion"))


def _unclear(change: OrgChange) -> Iterator[Conflict]:
    found = going.unclear(change)
    for row in found[:MOST]:
        text = _(
            "%(name)s belongs to two of the units in different ways (type, holding or payer). "
            "End one of the memberships, or make them alike."
        )
        url = reverse("office:member", args=[row.party_id])
        yield Conflict(text % {"name": row.party.display_name}, url, _("See the member"))
    if len(found) > MOST:
        rest = len(found) - MOST
        yield Conflict(
            ngettext("%(n)s member more in the same way.", "%(n)s members more in the same way.", rest)
            % {"n": rest}
        )


def _posts(change: OrgChange, scope: Scope) -> Iterator[Conflict]:
    here, chosen = reverse("office:unit_change_posts", args=[change.pk]), posts.chosen(change)
    for mandate in posts.of_change(change):
        choice = chosen.get(mandate.pk) or posts.usual(change, mandate)
        told = {"post": mandate.template, "name": mandate.party.display_name}
        why = posts.refused(change, mandate, choice, scope)
        if why == "self":
            yield Conflict(
                _("%(post)s %(name)s: nobody gives a post to oneself.") % told, here, _("Choose again")
            )
        elif why:
            text = _("%(post)s %(name)s: the post would give more than the one who planned it may give.")
            yield Conflict(text % told, here, _("Choose again"))
        elif choice == PostChoice.SETTLE and change.settle_until is None:
            text = _("%(post)s %(name)s: say until when the accounts are settled.")
            yield Conflict(text % told, here, _("Choose again"))
