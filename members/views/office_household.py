"""A member's household on one page: who belongs to it since when, who pays, who covers whom, whose areas are joined (REG-2, REG-3).

An organisation has here its representatives, the one who uses its vote, and its shareholders.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from jasenpalvelu.audit.services import log_view
from jasenpalvelu.common import clock, feedback
from jasenpalvelu.common.dates import format_date
from members import reading
from members.forms.links import AreasForm, PayerFromForm
from members.models import Holding, JoinedAreas, Party, PartyLink
from members.models.parties import LinkKind
from members.reading import Subject
from members.requests import ScopedRequest
from members.services import areas, households
from members.services.areas import AreasError
from members.services.households import LinkError
from members.states import OPEN
from members.views import choosing_member
from members.views.finding import editable_or_404, page_context, subject_or_404
from members.views.wording import areas_line, relation_text

CLASSES = "C"


@require_safe
def household(request: ScopedRequest, pk: int) -> HttpResponse:
    """Everything of the household at once, with what has been."""
    subject = subject_or_404(request, pk)
    if not subject.shown.household:
        raise Http404
    log_view(actor=request.user, party_id=pk, unit_id=min(subject.unit_ids), classes=subject.shown.classes)
    links = _all_links(subject.party)
    holdings = reading.holdings_of(subject)
    joined = list(areas.of_holdings([h.pk for h in holdings], subject.on))
    open_memberships = [m for m in subject.memberships if m.state in OPEN]
    cover = households.cover_of(open_memberships, subject.on)
    others = {p for link in links for p in (link.party_id, link.other_id)}
    others |= {m.party_id for m in cover.values()}
    others |= {
        pk for one in joined for pk in (one.payer_id, one.holding.responsible_id, one.other.responsible_id)
    }
    visible = reading.visible_among(request.scope, others) | {pk}
    now = [link for link in links if link.valid_to is None or link.valid_to >= subject.on]
    context = page_context(subject) | {
        "now": _lines(subject.party, now, visible),
        "past": _lines(subject.party, [link for link in links if link not in now], visible),
        "memberships": [_fee_line(subject, m, cover.get(m.pk), visible) for m in open_memberships],
        "payer": _payer(subject, now, visible),
        "alone": households.uncovered([pk], subject.on),
        "areas": [areas_line(one, {h.pk for h in holdings}, visible) for one in joined],
        "may_edit": "C" in subject.edit_classes,
        "may_join": _may_join(subject, holdings, joined),
        "voter": next((link for link in now if link.kind == LinkKind.VOTER and link.party_id == pk), None),
        "votes": not subject.party.is_person and subject.is_voter,
        "kinds": _kinds(subject.party, {link.kind for link in now}),
    }
    return render(request, "office/members/household.html", context)


def _all_links(party: Party) -> list[PartyLink]:
    rows = PartyLink.objects.filter(Q(party=party) | Q(other=party)).select_related("party", "other")
    return list(rows.order_by("-valid_from", "-pk"))


def _lines(party: Party, links: list[PartyLink], visible: frozenset[int]) -> list[Any]:
    return [(r, relation_text(r.kind)) for r in reading.relatives(party, links, visible)]


def _fee_line(subject: Subject, membership: Any, cover: Any, visible: frozenset[int]) -> dict[str, Any]:
    """Who pays for one membership, and by whose fee it is covered; somebody outside the reach has no name here."""
    return {
        "membership": membership,
        "named": membership.payer if subject.shown.finance else None,
        "cover": cover.party if cover is not None and cover.party_id in visible else None,
        "covered": cover is not None,
    }


def _payer(subject: Subject, now: list[PartyLink], visible: frozenset[int]) -> tuple[Party | None, Any]:
    """The payer by a link in force, with the link; (None, None) when the member pays."""
    for link in now:
        begun = link.valid_from is None or link.valid_from <= subject.on
        if link.kind == LinkKind.PAYER and link.party_id == subject.party.pk and begun:
            return (link.other if link.other_id in visible else None), link
    return None, None


def _may_join(subject: Subject, holdings: list[Holding], joined: list[JoinedAreas]) -> Holding | None:
    """The holding that could take in the spouse's, if any."""
    if "C" not in subject.edit_classes or not subject.party.is_person:
        return None
    taken = {pk for one in joined for pk in (one.holding_id, one.other_id)}
    for holding in holdings:
        mine = holding.responsible_id == subject.party.pk and holding.pk not in taken
        if mine and areas.spouses_holdings(holding, subject.on):
            return holding
    return None


def _kinds(party: Party, known: set[str]) -> list[tuple[str, str]]:
    """Which links are added here with one press; a second spouse is not."""
    if party.is_person:
        spouse = [] if LinkKind.SPOUSE in known else [(LinkKind.SPOUSE, _("Add the spouse"))]
        return [
            *spouse,
            (LinkKind.CHILD, _("Add a child")),
            (LinkKind.GUARDIAN, _("Add a guardian")),
        ]
    return [
        (LinkKind.VOTER, _("Choose who uses the vote")),
        (LinkKind.CONTACT_PERSON, _("Add a contact person")),
        (LinkKind.SHAREHOLDER, _("Add a shareholder")),
    ]


# --- payer ------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def payer(request: ScopedRequest, pk: int) -> HttpResponse:
    """Who gets the invoices, from a day on; the member alone when nobody is named."""
    subject = editable_or_404(request, pk, CLASSES)
    form = PayerFromForm(
        request.POST if request.method == "POST" else None, initial={"on": format_date(subject.on)}
    )
    if request.method == "POST" and form.is_valid():
        reach = Party.objects.visible_to(request.scope).filter(merged_into=None)
        found: Party | None = subject.party
        if form.cleaned_data["payer"]:
            found = choosing_member.chosen(form, "payer", reach, request.scope)
        named = any(m.payer_id for m in subject.memberships if m.state in OPEN)
        if found is None:
            pass
        elif named and "D" not in subject.edit_classes:
            form.add_error(None, _("A payer is named on a membership. Ask the treasurer to change it."))
        elif _payer_set(request, subject, found, form):
            feedback.done(request, _("The payer was changed."))
            return redirect("office:household", pk)
    return render(request, "office/members/payer.html", page_context(subject) | {"form": form})


def _payer_set(request: ScopedRequest, subject: Subject, found: Party, form: PayerFromForm) -> bool:
    try:
        households.set_payer(actor=request.user, party=subject.party, payer=found, on=form.cleaned_data["on"])
    except LinkError as error:
        texts = {
            "several_payers": _(
                "The memberships have different payers. Change them one by one on the pages of the memberships."
            ),
            "exists": _("This one pays already."),
            "before_current": _("The present payer began later than this day. Choose a later day."),
        }
        form.add_error("on" if error.code == "before_current" else "payer", texts[error.code])
        return False
    return True


# --- joined areas -----------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def join_areas(request: ScopedRequest, pk: int, holding_pk: int) -> HttpResponse:
    """The spouses have asked for it: the fee is counted from the areas of both holdings together."""
    subject = editable_or_404(request, pk, CLASSES)
    holding = next((h for h in reading.holdings_of(subject) if h.pk == holding_pk), None)
    if holding is None or holding.responsible_id != pk:
        raise Http404
    reachable = Holding.objects.visible_to(request.scope, "members.edit")
    mine = areas.spouses_holdings(holding, subject.on)
    allowed = set(reachable.filter(pk__in=[h.pk for h in mine]).values_list("pk", flat=True))
    choices = [h for h in mine if h.pk in allowed]
    form = AreasForm(
        request.POST if request.method == "POST" else None,
        holding=holding,
        others=choices,
        today=subject.on,
    )
    if request.method == "POST" and form.is_valid():
        made = _areas_joined(request, holding, form)
        if made is not None:
            text = _("The areas are counted together from %(day)s.")
            day = format_date(made.valid_from or subject.on)
            undo = reverse("office:areas_part", args=[pk, made.pk])
            feedback.done(request, text % {"day": day}, undo=undo)
            return redirect("office:household", pk)
    first = areas.first_day([holding, *choices], subject.on)
    context = page_context(subject) | {
        "form": form,
        "holding": holding,
        "choices": choices,
        "later": format_date(first) if first > subject.on else "",
    }
    return render(request, "office/members/areas.html", context)


def _areas_joined(request: ScopedRequest, holding: Holding, form: AreasForm) -> JoinedAreas | None:
    try:
        return areas.join_areas(
            actor=request.user,
            holding=holding,
            other=form.chosen,
            payer=form.payer,
            asked_on=form.cleaned_data["asked_on"],
            on=clock.today(),
        )
    except AreasError as error:
        texts = {
            "taken": _("One of the holdings is joined with another already."),
            "not_spouses": _("They are not spouses in the register today."),
            "payer": _("Choose one of the spouses."),
        }
        form.add_error(None, texts[error.code])
        return None


@require_http_methods(["GET", "HEAD", "POST"])
def part_areas(request: ScopedRequest, pk: int, areas_pk: int) -> HttpResponse:
    """The areas are counted apart again."""
    subject = editable_or_404(request, pk, CLASSES)
    mine = [h.pk for h in reading.holdings_of(subject)]
    found = areas.of_holdings(mine, subject.on).filter(pk=areas_pk).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        parted = areas.part_areas(actor=request.user, areas=found, on=subject.on)
        gone = parted.pk is None or parted.valid_to is None or parted.valid_to < subject.on
        text = _("The areas are counted apart again.")
        if not gone and parted.valid_to is not None:
            text = _("The areas are counted together until %(day)s.") % {"day": format_date(parted.valid_to)}
        feedback.done(request, text)
        return redirect("office:household", pk)
    last = areas.last_day([found.holding, found.other], subject.on, found.valid_to)
    told = _("The last day together is %(day)s. Each of the spouses gets an invoice of their own after it.")
    if found.valid_from is not None and found.valid_from > last:
        told = _("They have not been counted together on any day yet: it is as if they had never been.")
    visible = reading.visible_among(request.scope, {found.holding.responsible_id, found.other.responsible_id})
    line = areas_line(found, set(mine), visible | {pk})
    context = page_context(subject) | {
        "question": _("Count the areas apart: %(one)s and %(other)s?")
        % {"one": line["own"], "other": line["other"]},
        "consequence": told % {"day": format_date(last)},
        "deed": _("Count apart"),
        "cancel_url": reverse("office:household", args=[pk]),
    }
    return render(request, "office/confirm.html", context)
