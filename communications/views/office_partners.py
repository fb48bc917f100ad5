"""Partners in the office: who they are, who acts for them (COM-9)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communications import content_pages as pages
from communications.forms.benefits import InviteForm, PartnerForm
from communications.forms.content import chosen_unit
from communications.models import Benefit, Partner, PartnerLogin
from communications.services import partners
from communications.services.partners import OWN_FIELDS, PartnerError
from communications.views.office_benefits import trail as benefits_trail
from jasenpalvelu.common import clock, feedback, keyset
from members.models import OrgUnit, Party
from members.requests import ScopedRequest


def trail() -> list[tuple[str, str]]:
    return [*benefits_trail(), (_("Partners"), reverse("office:partners"))]


@require_safe
def index(request: ScopedRequest) -> HttpResponse:
    pages.need_editor(request)
    rows = Partner.objects.visible_to(request.scope).filter(ended_on=None).select_related("unit")
    page: keyset.Page[Any] = keyset.from_query(rows, request.GET, order=["name", "pk"])
    return render(request, "office/benefits/partners.html", {"page": page, "trail": benefits_trail()})


@require_http_methods(["GET", "HEAD", "POST"])
def partner(request: ScopedRequest, pk: int) -> HttpResponse:
    """The partner with its benefits and logins; POST sends an invitation."""
    found = _editable(request, pk)
    form = InviteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            partners.invite(
                actor=request.user,
                partner=found,
                email=form.cleaned_data["email"],
                language=get_language() or "fi",
                at=clock.now(),
            )
        except PartnerError:
            form.add_error("email", _("No mail goes to this address. Check it."))
        else:
            feedback.done(request, _("The invitation was sent: %(email)s") % form.cleaned_data)
            return redirect("office:partner", pk)
    context = {
        "it": found,
        "form": form,
        "logins": PartnerLogin.objects.filter(partner=found, ended_at=None).order_by("email", "pk"),
        "benefits": Benefit.objects.filter(partner=found).order_by("-valid_from", "-pk")[:100],
        "history": pages.history_of(("communications_partner", found.pk), request=request),
        "trail": trail(),
    }
    return render(request, "office/benefits/partner.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ScopedRequest) -> HttpResponse:
    return _keep(request, pages.units_edited(request), None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _editable(request, pk)
    return _keep(request, [found.unit], found)


def _keep(request: ScopedRequest, units: list[OrgUnit], found: Partner | None) -> HttpResponse:
    initial: dict[str, Any] = {}
    if found is not None:
        initial = {name: getattr(found, name) for name in ("name", *OWN_FIELDS)}
        initial["organisation"] = found.organisation.number if found.organisation else ""
    form = PartnerForm(request.POST if request.method == "POST" else None, initial=initial, units=units)
    if request.method == "POST" and form.is_valid():
        unit = chosen_unit(form, units)
        values = form.values | {
            "name": form.cleaned_data["name"],
            "organisation": _organisation(request, form, found),
        }
        if not form.errors:
            try:
                kept = partners.keep_partner(actor=request.user, unit=unit, values=values, partner=found)
            except PartnerError:
                form.add_error("name", _("The unit has this already."))
            else:
                feedback.done(request, _("Saved: %(name)s") % {"name": kept.name})
                return redirect("office:partner", kept.pk)
    return render(request, "office/benefits/partner_edit.html", {"form": form, "it": found, "trail": trail()})


def _organisation(request: ScopedRequest, form: PartnerForm, found: Partner | None) -> Party | None:
    """The one that was written by its number; an error where the reader knows of none."""
    number = form.cleaned_data["organisation"]
    if not number:
        return None
    if found and found.organisation and found.organisation.member_number == number:
        return found.organisation
    rows = Party.objects.visible_to(request.scope).filter(kind="organisation", merged_into=None)
    organisation = rows.filter(member_number=number).first()
    if organisation is None:
        form.add_error("organisation", _("No organisation with this number is found in your associations."))
    return organisation


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _editable(request, pk)
    if request.method == "POST":
        partners.end_partner(actor=request.user, partner=found, on=clock.today(), at=clock.now())
        feedback.done(request, _("The partnership was ended: %(name)s") % {"name": found.name})
        return redirect("office:partners")
    shown = Benefit.objects.shown_on(clock.today()).filter(partner=found).count()
    context = {
        "question": _("End the partnership with %(name)s?") % {"name": found.name},
        "consequence": _(
            "Its benefits are not shown any more (%(n)s now), and its logins stop working. This cannot be undone."
        )
        % {"n": shown},
        "deed": _("End the partnership"),
        "cancel_url": reverse("office:partner", args=[pk]),
        "danger": True,
    }
    return render(request, "office/confirm.html", context)


@require_POST
def login_end(request: ScopedRequest, pk: int) -> HttpResponse:
    rows = PartnerLogin.objects.filter(partner__in=Partner.objects.visible_to(request.scope))
    row = get_object_or_404(rows.select_related("partner"), pk=pk)
    partners.end_login(actor=request.user, row=row, at=clock.now())
    messages.success(request, _("%(email)s does not act for the partner any more.") % {"email": row.email})
    return redirect("office:partner", row.partner_id)


def _editable(request: ScopedRequest, pk: int) -> Partner:
    rows = Partner.objects.visible_to(request.scope).filter(ended_on=None)
    return get_object_or_404(rows.select_related("unit", "organisation"), pk=pk)
