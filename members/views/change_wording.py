"""A change of the organisation in words: what it is, what its numbers say, why something cannot be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.identifiers import make_member_number
from jasenpalvelu.common.money import format_number
from jasenpalvelu.common.parts import Figure
from jasenpalvelu.common.reference import municipality_name
from members.change_reading import Preview
from members.models import OrgChange, OrgUnit, Party
from members.models.reorganising import ChangeKind, ChangeState, Division
from members.models.units import Relation
from members.scope import Scope
from members.services.reorganising.undoing import Hindrance

CHIPS = {
    ChangeState.DRAFT: "",
    ChangeState.PLANNED: "info",
    ChangeState.RUNNING: "info",
    ChangeState.DONE: "done",
    ChangeState.UNDOING: "info",
    ChangeState.UNDONE: "",
    ChangeState.FAILED: "danger",
}
TABLES = {
    "members_membership": gettext_lazy("memberships"),
    "members_membershipevent": gettext_lazy("memberships"),
    "members_mandate": gettext_lazy("posts"),
    "members_orgunit": gettext_lazy("units"),
    "members_unitparent": gettext_lazy("places in the tree"),
    "members_unitrules": gettext_lazy("rules"),
    "members_membershiptype": gettext_lazy("membership types"),
    "members_segment": gettext_lazy("segments"),
    "members_feebasisvalue": gettext_lazy("fee bases"),
    "members_resignation": gettext_lazy("resignations"),
    "members_expulsion": gettext_lazy("expulsions"),
    "members_importbatch": gettext_lazy("imports"),
    "members_boardmeeting": gettext_lazy("meetings"),
    "members_meetingitem": gettext_lazy("meetings"),
    "members_joinrequest": gettext_lazy("applications"),
    "members_decision": gettext_lazy("decisions"),
    "members_roletemplate": gettext_lazy("roles"),
    "billing_feetable": gettext_lazy("fee tables"),
    "billing_feerule": gettext_lazy("fee tables"),
    "billing_feebracket": gettext_lazy("fee tables"),
    "billing_invoicerun": gettext_lazy("invoice runs"),
    "billing_invoice": gettext_lazy("invoices"),
    "billing_paymentfile": gettext_lazy("payments"),
    "billing_paymentrow": gettext_lazy("payments"),
}


@dataclass(frozen=True)
class Stage:
    """One step of drawing up, as the stepper shows it."""

    text: str
    url: str
    note: str = ""


@dataclass(frozen=True)
class Line:
    """A change in the list."""

    change: OrgChange
    title: str
    chip: str


def kinds() -> list[tuple[str, str]]:
    return [
        (reverse("office:unit_change_new", args=[ChangeKind.MERGE]), _("Merge units")),
        (reverse("office:unit_change_new", args=[ChangeKind.SPLIT]), _("Divide a unit")),
        (reverse("office:unit_change_new", args=[ChangeKind.MOVE]), _("Move a unit")),
    ]


def new_title(kind: str) -> str:
    return {"merge": _("Merge units"), "split": _("Divide a unit"), "move": _("Move a unit")}[kind]


def new_lede(kind: str) -> str:
    return {
        "merge": _("Members go on in one unit. Nothing happens before you have seen the numbers."),
        "split": _(
            "A part of the members goes to a new unit. Nothing happens before you have seen the numbers."
        ),
        "move": _("The unit hangs elsewhere in the tree. Nothing happens before you have seen the numbers."),
    }[kind]


def trail(change: OrgChange | None = None, *, list_too: bool = False) -> list[tuple[str, str]]:
    found = [(_("Associations"), reverse("office:units"))]
    if list_too or change is not None:
        found.append((_("Changes of the organisation"), reverse("office:unit_changes")))
    if change is not None:
        found.append((title(change), reverse("office:unit_change", args=[change.pk])))
    return found


def steps_of(change: OrgChange) -> list[Stage]:
    """Drawing up by its kind; the page with the numbers is the last."""
    found = [Stage(_("Units and day"), reverse("office:unit_change_edit", args=[change.pk]))]
    if change.kind == ChangeKind.SPLIT:
        found.append(Stage(_("Who goes"), reverse("office:unit_change_division", args=[change.pk])))
    if change.kind != ChangeKind.MOVE:
        found.append(Stage(_("Posts and accounts"), reverse("office:unit_change_posts", args=[change.pk])))
    if change.makes_unit:
        found.append(Stage(_("The new unit"), reverse("office:unit_change_like", args=[change.pk])))
    return [*found, Stage(_("Numbers"), reverse("office:unit_change", args=[change.pk]))]


def lines(changes: Sequence[OrgChange]) -> list[Line]:
    names = _names({pk for change in changes for pk in change.unit_ids})
    return [Line(change, _title(change, names), CHIPS[ChangeState(change.state)]) for change in changes]


def title(change: OrgChange) -> str:
    return _title(change, _names(set(change.unit_ids)))


def _title(change: OrgChange, names: dict[int, str]) -> str:
    goes_on = names.get(change.made_id or change.target_id or 0) or change.name_fi
    sources = " + ".join(names.get(pk, "") for pk in change.sources)
    if change.kind == ChangeKind.SPLIT:
        return f"{sources} → {sources} + {goes_on}"
    return f"{sources} → {goes_on}"


def _names(pks: set[int]) -> dict[int, str]:
    return {unit.pk: unit.name for unit in OrgUnit.objects.filter(pk__in=pks).order_by("pk")}


def frame(change: OrgChange) -> dict[str, Any]:
    return {
        "change": change,
        "title": title(change),
        "lede": f"{change.get_kind_display().capitalize()}, {format_date(change.effective_on)}",
        "chip": CHIPS[ChangeState(change.state)],
        "steps": steps_of(change),
        "place": len(steps_of(change)) - 1,
        "trail": trail(list_too=True),
        "basics": _basics(change),
    }


def _basics(change: OrgChange) -> list[tuple[str, str]]:
    decided = format_date(change.decided_on) + (f", § {change.section}" if change.section else "")
    rows = [
        (_("First day"), format_date(change.effective_on)),
        (_("Decided on"), decided),
        (_("Decision or ground"), change.ground),
    ]
    if change.kind == ChangeKind.MOVE:
        rows.append((_("Belongs for"), str(Relation(change.relation).label)))
    if change.kind == ChangeKind.SPLIT:
        rows.append((_("Who goes"), _division(change)))
    if change.makes_unit:
        like = change.like or OrgUnit.objects.get(pk=change.sources[0])
        rows.append((_("The new unit begins like"), str(like)))
        rows.append((_("Fee table"), _("drafted") if change.copy_fees else _("not drafted")))
    if change.kind == ChangeKind.MERGE and change.settle_until:
        rows.append((_("Accounts are settled until"), format_date(change.settle_until)))
    return rows


def _division(change: OrgChange) -> str:
    if change.division == Division.MUNICIPALITY:
        return ", ".join(municipality_name(code) for code in change.municipalities)
    if change.division == Division.SEGMENT:
        name = change.segment.name if change.segment else "–"
        return _("Segment: %(name)s") % {"name": name}
    if change.division == Division.PICKED:
        n = len(change.picked)
        return ngettext("%(n)s named member", "%(n)s named members", n) % {"n": n}
    return _("not said yet")


def numbers_of(change: OrgChange, scope: Scope) -> str:
    seen = Party.objects.visible_to(scope).filter(pk__in=change.picked)
    serials = seen.order_by("member_number").values_list("member_number", flat=True)
    return "\n".join(make_member_number(serial) for serial in serials)


# --- numbers ------------------------------------------------------------------------------------------------------------
def told(change: OrgChange, shown: Preview) -> dict[str, Any]:
    figures = []
    if change.kind != ChangeKind.MOVE:
        figures = [
            Figure(_("Memberships that go"), format_number(shown.going)),
            Figure(_("of them applications"), format_number(shown.applications)),
        ]
        if change.kind == ChangeKind.SPLIT:
            figures += [
                Figure(_("Memberships that stay"), format_number(shown.staying)),
                Figure(_("Members parted from their household"), format_number(shown.households)),
            ]
        else:
            figures += [
                Figure(_("In the unit that goes on already"), format_number(shown.there)),
                Figure(
                    _("In two of the units"), format_number(shown.joined), change=_("one membership goes on")
                ),
            ]
    return {"figures": figures, "may_plan": change.state == ChangeState.DRAFT and not shown.conflicts}


def done_facts(change: OrgChange) -> list[tuple[str, str]]:
    went = change.members.filter(handled=True).count()
    joined = change.members.filter(handled=True, made=False, became__isnull=False).count()
    ended = change.moves.filter(table="members_mandate", op="U").count()
    begun = change.moves.filter(table="members_mandate", op="I").count()
    rows = [
        (_("Memberships that went"), format_number(went)),
        (_("of them joined to one in the unit already"), format_number(joined)),
        (_("Posts that ended or were shortened"), format_number(ended)),
        (_("Posts that began"), format_number(begun)),
    ]
    return [] if change.kind == ChangeKind.MOVE or change.state == ChangeState.UNDONE else rows


# --- why not ------------------------------------------------------------------------------------------------------------
def error_text(code: str) -> str:
    texts = {
        "state": _("Somebody has taken the change further meanwhile. Look again."),
        "conflicts": _("Something is in the way of the change. It was not begun: see below."),
        "early": _("The day of the change has not come yet."),
        "post": _("The posts have changed meanwhile. Choose again."),
    }
    return texts[code]


def hindrance(found: Hindrance) -> tuple[str, str]:
    """The reason, and where to look."""
    what = TABLES.get(found.table, _("other data"))
    if found.code == "later":
        text = _("A later change of the same units stands on this one. Undo that first.")
        return text, reverse("office:unit_change", args=[found.pk])
    if found.code == "invoiced":
        text = ngettext(
            "%(n)s member has been invoiced in the new membership. Credit the invoice first.",
            "%(n)s members have been invoiced in the new memberships. Credit the invoices first.",
            found.n,
        )
        return text % {"n": found.n}, ""
    if found.code == "changed":
        return _("Changed since: %(what)s (%(n)s).") % {"what": what, "n": found.n}, ""
    return _("Somebody uses what the change made: %(what)s (%(n)s).") % {"what": what, "n": found.n}, ""


def removal(change: OrgChange) -> dict[str, Any]:
    return {
        "question": _("Remove the plan?"),
        "consequence": _("%(what)s. Nothing has been done yet, and nothing will be.")
        % {"what": title(change)},
        "deed": _("Remove the plan"),
        "cancel_url": reverse("office:unit_change", args=[change.pk]),
        "danger": True,
    }
