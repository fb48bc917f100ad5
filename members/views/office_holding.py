"""Family links and holdings with their fee bases, from the member's page (REG-2, REG-3)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from jasenpalvelu.common import clock, feedback
from members import reading
from members.forms.links import FeeBasesForm, HoldingForm, LinkEndForm, LinkForm
from members.models import FeeBasisKind, FeeBasisValue, Holding, HoldingMember, Party, PartyLink
from members.models.parties import LinkKind
from members.reading import Subject
from members.requests import ScopedRequest
from members.services import holdings, households
from members.services.holdings import HoldingError
from members.services.households import LinkError
from members.views import choosing_member
from members.views.finding import editable_or_404, page_context
from members.views.wording import relation_text, taken_text

CLASSES = "C"


# --- links ----------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def link_add(request: ScopedRequest, pk: int) -> HttpResponse:
    """A family or other link to a party the person may see; others are answered as not found."""
    subject = editable_or_404(request, pk, CLASSES)
    wanted = request.GET.get("laji", "")
    kind = wanted if wanted in LinkKind.values else ""
    form = LinkForm(
        request.POST if request.method == "POST" else None,
        party=subject.party,
        initial={"on": clock.today(), "kind": kind},
    )
    if request.method == "POST" and form.is_valid():
        reach = Party.objects.visible_to(request.scope).filter(merged_into=None)
        if isinstance(form.cleaned_data["other"], str):
            reach = reach.exclude(pk=pk)
        other = choosing_member.chosen(form, "other", reach, request.scope)
        if other is not None and _linked(request, subject, other, form):
            feedback.done(request, _("The link to %(name)s was added.") % {"name": other.display_name})
            return redirect("office:member", pk)
    return render(request, "office/members/link_add.html", page_context(subject) | {"form": form})


def _linked(request: ScopedRequest, subject: Subject, other: Party, form: LinkForm) -> bool:
    kind, on = form.cleaned_data["kind"], form.cleaned_data["on"] or clock.today()
    try:
        households.add_link(
            actor=request.user, party=subject.party, other=other, kind=kind, on=on, by_hand=True
        )
    except LinkError as error:
        texts = {
            "itself": _("This is the member's own number."),
            "exists": _("This link is in the register already."),
            "not_person": _("This link is only between persons."),
            "not_organisation": _("Only an organisation has this."),
            "has_spouse": _("One of them has a spouse in the register. End that link first."),
            "before_current": _("The present one began later than this day. Choose a later day."),
        }
        fields = {"not_person": "kind", "not_organisation": "kind", "before_current": "on"}
        form.add_error(fields.get(error.code, "other"), texts.get(error.code, texts["exists"]))
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def link_end(request: ScopedRequest, pk: int, link_pk: int) -> HttpResponse:
    """The link ends today; the past keeps it."""
    subject = editable_or_404(request, pk, CLASSES)
    rows = PartyLink.objects.on(clock.today()).filter(Q(party=subject.party) | Q(other=subject.party))
    link = rows.select_related("party", "other").filter(pk=link_pk).first()
    if link is None:
        raise Http404
    form = LinkEndForm(request.POST if request.POST.get("on") else None, initial={"on": clock.today()})
    if request.method == "POST" and (not form.is_bound or form.is_valid()):
        day = form.cleaned_data["on"] if form.is_bound else clock.today()
        households.end_link(actor=request.user, link=link, on=day)
        feedback.done(request, _("The link was ended."))
        _tell_uncovered(request, link, day)
        return redirect("office:member", pk)
    visible = reading.visible_among(request.scope, {link.party_id, link.other_id})
    relative = reading.relatives(subject.party, [link], visible)[0]
    name = relative.other.display_name if relative.other else _("A member of another association")
    context = page_context(subject) | {
        "question": _("End the link: %(kind)s, %(name)s?")
        % {"kind": relation_text(relative.kind), "name": name},
        "consequence": _(
            "The link is not shown any more. It stays in the history of both, and no membership ends by it."
        ),
        "form": form,
        "deed": _("End the link"),
        "cancel_url": reverse("office:member", args=[pk]),
    }
    return render(request, "office/confirm.html", context)


def _tell_uncovered(request: ScopedRequest, link: PartyLink, on: date) -> None:
    """Family members who were covered by the other's fee and have nobody now; within the reach, by name."""
    left = households.uncovered([link.party_id, link.other_id], max(on, clock.today()))
    visible = reading.visible_among(request.scope, {m.party_id for m in left})
    names = [m.party.display_name for m in left if m.party_id in visible]
    if names:
        text = _("Nobody's fee covers these family members now: %(names)s. Change the type or the payer.")
        messages.warning(request, text % {"names": ", ".join(names)})


# --- holdings -------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: ScopedRequest, pk: int) -> HttpResponse:
    """A holding for a member who has none: the member becomes responsible and the open membership is tied to it."""
    subject = editable_or_404(request, pk, CLASSES)
    form = HoldingForm(request.POST if request.method == "POST" else None, protected=subject.shown.protected)
    if request.method == "POST" and form.is_valid():
        free = [m for m in subject.memberships if not m.holding_id and m.unit_id in subject.editable_units]
        membership = min(free, key=lambda m: not m.type.needs_holding, default=None)
        if membership is None:
            form.add_error(None, _("The member has no membership to which the holding could belong."))
        elif holding := _created(request, subject, membership, form):
            feedback.done(request, _("The holding was added. Now write its fee bases."))
            return redirect("office:holding_edit", pk, holding.pk)
    return render(request, "office/members/holding_add.html", page_context(subject) | {"form": form})


def _created(request: ScopedRequest, subject: Subject, membership: Any, form: HoldingForm) -> Holding | None:
    data = form.cleaned_data
    try:
        return holdings.create_holding(
            actor=request.user,
            name=data["name"],
            y_tunnus=data["y_tunnus"],
            municipality=data.get("municipality", ""),
            responsible=subject.party,
            membership=membership,
            on=clock.today(),
        )
    except HoldingError:
        form.add_error("y_tunnus", taken_text())
        return None


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ScopedRequest, pk: int, holding_pk: int) -> HttpResponse:
    """The holding's own data and its fee bases, two forms on one page."""
    subject = editable_or_404(request, pk, CLASSES)
    holding = _holding_or_404(subject, holding_pk)
    sent = request.POST.get("lomake", "") if request.method == "POST" else ""
    own = _own_form(request, holding, sent == "tila")
    bases = _bases_form(request, subject, holding, sent == "perusteet")
    saved = False
    if sent == "tila" and own.is_valid():
        saved = _save_own(request, holding, own)
    elif sent == "perusteet" and bases.is_valid():
        saved = _save_bases(request, holding, bases)
    if saved:
        feedback.done(request, _("Saved: %(name)s") % {"name": holding.name})
        return redirect("office:member", pk)
    context = page_context(subject) | {
        "holding": holding,
        "own": own,
        "bases": bases,
        "sent": own if sent == "tila" else bases,
    }
    return render(request, "office/members/holding.html", context)


def _holding_or_404(subject: Subject, pk: int) -> Holding:
    """A holding of this member which the person may also edit; the holding's other members do not open it."""
    found = next((h for h in reading.holdings_of(subject) if h.pk == pk), None)
    if found is None or not Holding.objects.visible_to(subject.scope, "members.edit").filter(pk=pk).exists():
        raise Http404
    return found


def _own_form(request: ScopedRequest, holding: Holding, sent: bool) -> HoldingForm:  # noqa: FBT001
    people = [
        m.party
        for m in HoldingMember.objects.filter(holding=holding, valid_to__isnull=True)
        .select_related("party")
        .order_by("pk")
    ]
    visible = reading.visible_among(request.scope, {p.pk for p in people} | {holding.responsible_id})
    chosen = [p for p in people if p.pk in visible]
    if holding.responsible_id not in visible:
        chosen = []
    initial = {
        "name": holding.name,
        "y_tunnus": holding.y_tunnus,
        "municipality": holding.municipality,
        "responsible": holding.responsible_id,
    }
    return HoldingForm(
        request.POST if sent else None,
        people=chosen,
        protected=holding.responsible.non_disclosure,
        prefix="tila",
        initial=initial,
    )


def _bases_form(request: ScopedRequest, subject: Subject, holding: Holding, sent: bool) -> FeeBasesForm:  # noqa: FBT001
    mine = request.scope.unit_ids("members.edit")
    rows = FeeBasisValue.objects.filter(holding=holding, valid_to__isnull=True).filter(
        Q(unit__isnull=True) | Q(unit_id__in=mine)
    )
    return FeeBasesForm(
        request.POST if sent else None,
        holding=holding,
        kinds=list(FeeBasisKind.objects.order_by("position", "code")),
        current=list(rows.select_related("kind", "unit").order_by("kind__position", "pk")),
        today=clock.today(),
        prefix="perusteet",
    )


def _save_own(request: ScopedRequest, holding: Holding, form: HoldingForm) -> bool:
    data = form.cleaned_data
    values: dict[str, Any] = {
        name: data[name] for name in ("name", "y_tunnus", "municipality") if name in data
    }
    if data.get("responsible"):
        values["responsible"] = Party.objects.get(pk=data["responsible"])
    try:
        holdings.update_holding(actor=request.user, holding=holding, values=values, on=clock.today())
    except HoldingError as error:
        taken = error.code == "y_tunnus_taken"
        form.add_error(
            "y_tunnus" if taken else "responsible",
            taken_text() if taken else _("Choose somebody who belongs to the holding."),
        )
        return False
    return True


def _save_bases(request: ScopedRequest, holding: Holding, form: FeeBasesForm) -> bool:
    data = form.cleaned_data
    values = [holdings.Basis(kind, data[name], unit) for name, (kind, unit) in form.bases.items()]
    try:
        changed = holdings.set_fee_bases(
            actor=request.user,
            holding=holding,
            bases=values,
            valid_from=data["valid_from"],
            source=data["source"],
            confirmed_by=data["confirmed_by"] or request.user.full_name,
            confirmed_on=data["confirmed_on"],
        )
    except HoldingError:
        form.add_error("valid_from", _("The numbers in force began later than this day. Choose a later day."))
        return False
    if not changed:
        holdings.confirm_fee_bases(
            actor=request.user,
            holding=holding,
            confirmed_by=data["confirmed_by"] or request.user.full_name,
            on=data["confirmed_on"] or clock.today(),
        )
    return True
