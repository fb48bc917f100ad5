"""Settings of communications: the look of letters, their topics, the sender names of text messages (COM-1, COM-2)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communications import approving
from communications.forms.letter_settings import AuthorisedForm, LookForm, SenderForm, TopicForm
from communications.letters import colours, looks
from communications.models import Look, SmsSender, SmsState, Topic
from communications.permissions import APPROVE, SETTINGS
from communications.services import arranging_letters as arranging
from communications.services.arranging_letters import LOOK_FIELDS, TOPIC_FIELDS, ArrangeError
from jasenpalvelu.common import clock, feedback
from jasenpalvelu.common.keys import key_of
from members.models import OrgUnit
from members.requests import ScopedRequest


@require_safe
def index(request: ScopedRequest) -> HttpResponse:
    """One unit's settings; the working unit's, until another is asked for."""
    units = _units(request)
    wanted = key_of(request.GET.get("yksikko"))
    unit = next((one for one in units if one.pk == wanted), units[0])
    offered = Topic.objects.offered_in(unit.pk) | Topic.objects.filter(unit=unit)
    look = looks.look_of(unit)
    context = {
        "unit": unit,
        "units": units if len(units) > 1 else [],
        "look": look,
        "approval_limit": approving.approval_limit(unit),
        "contrast": round(colours.contrast(look.colour, colours.WHITE), 1),
        "darkened": look.link != look.colour.lower(),
        "topics": list(offered.select_related("unit", "purpose").distinct().order_by("position", "pk")),
        "senders": list(SmsSender.objects.filter(unit=unit).order_by("text", "pk")),
    }
    return render(request, "office/letter_settings/index.html", context)


def _units(request: ScopedRequest) -> list[OrgUnit]:
    rows = OrgUnit.objects.on(clock.today()).filter(request.scope.unit_filter("pk", SETTINGS))
    own = request.scope.unit.pk if request.scope.unit else None
    found = sorted(rows.order_by("sort_key", "pk"), key=lambda unit: unit.pk != own)
    if not found:
        raise Http404
    return found


def _unit(request: ScopedRequest, pk: int) -> OrgUnit:
    return get_object_or_404(OrgUnit.objects.filter(request.scope.unit_filter("pk", SETTINGS)), pk=pk)


def _home(unit_id: int | None) -> str:
    return f"{reverse('office:messages_settings')}?yksikko={unit_id}"


def _page(
    request: ScopedRequest, form: Any, unit: OrgUnit, heading: str, lede: str, **further: Any
) -> HttpResponse:
    context = {
        "form": form,
        "unit": unit,
        "heading": heading,
        "lede": lede,
        "trail": [(_("Settings of communications"), _home(unit.pk))],
        "cancel_url": _home(unit.pk),
        **further,
    }
    return render(request, "office/letter_settings/form.html", context)


# --- look ---------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def look(request: ScopedRequest, pk: int) -> HttpResponse:
    unit = _unit(request, pk)
    kept = Look.objects.filter(unit=unit).first()
    initial = {name: getattr(kept, name) for name in LOOK_FIELDS} if kept else {}
    form = LookForm(
        request.POST if request.method == "POST" else None,
        initial=initial,
        unit=unit,
        may_raise=request.scope.can(APPROVE, unit.pk),
    )
    if form.is_bound and form.is_valid():
        arranging.keep_look(actor=request.user, unit=unit, values=form.values)
        feedback.done(request, _("The look of the letters was saved."))
        return redirect(_home(unit.pk))
    return _page(request, form, unit, _("Look of the letters"), str(unit))


# --- topics -------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def topic_new(request: ScopedRequest, pk: int) -> HttpResponse:
    return _topic(request, _unit(request, pk), None)


@require_http_methods(["GET", "HEAD", "POST"])
def topic_edit(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _own_topic(request, pk)
    assert found.unit is not None
    return _topic(request, found.unit, found)


def _topic(request: ScopedRequest, unit: OrgUnit, found: Topic | None) -> HttpResponse:
    initial = {name: getattr(found, name) for name in TOPIC_FIELDS} if found else {}
    form = TopicForm(request.POST if request.method == "POST" else None, initial=initial, new=found is None)
    if form.is_bound and form.is_valid():
        kept = arranging.keep_topic(actor=request.user, unit=unit, values=form.values, topic=found)
        feedback.done(request, _("The topic was saved: %(name)s") % {"name": kept})
        return redirect(_home(unit.pk))
    heading = str(found) if found else _("New topic")
    lede = _("Members choose their letters by topic. Write its name so that they know what comes.")
    return _page(request, form, unit, heading, lede)


@require_POST
def topic_retire(request: ScopedRequest, pk: int) -> HttpResponse:
    """Out of use, or into it again."""
    found = _own_topic(request, pk)
    arranging.retire_topic(actor=request.user, topic=found, active=not found.active)
    told = _("The topic is not in use: %(name)s") if found.active else _("The topic is in use: %(name)s")
    feedback.done(request, told % {"name": found})
    return redirect(_home(found.unit_id))


def _own_topic(request: ScopedRequest, pk: int) -> Topic:
    """The federation's own are in no unit's hands."""
    rows = Topic.objects.visible_to(request.scope).filter(~Q(unit=None))
    return get_object_or_404(rows.select_related("unit"), pk=pk)


# --- sender names of text messages ------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def sender_new(request: ScopedRequest, pk: int) -> HttpResponse:
    unit = _unit(request, pk)
    form = SenderForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            arranging.ask_sender(actor=request.user, unit=unit, text=form.cleaned_data["text"])
        except ArrangeError:
            form.add_error("text", _("The association has this name already."))
        else:
            feedback.done(request, _("The name was written down. Ask for its authorisation next."))
            return redirect(_home(unit.pk))
    lede = _(
        "A name may be used only after it has been authorised: ask Traficom or your operator for it. Until then nothing is sent with it."
    )
    return _page(request, form, unit, _("New sender name"), lede)


@require_http_methods(["GET", "HEAD", "POST"])
def sender_authorised(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _sender(request, pk)
    form = AuthorisedForm(request.POST if request.method == "POST" else None, today=clock.today())
    if form.is_bound and form.is_valid():
        told = form.cleaned_data
        try:
            arranging.authorise_sender(
                actor=request.user,
                sender=found,
                day=told["day"],
                reference=told["reference"],
                on=clock.today(),
            )
        except ArrangeError:
            messages.error(request, _("The name has been dealt with meanwhile."))
        else:
            feedback.done(request, _("%(name)s can be used from now on.") % {"name": found.text})
        return redirect(_home(found.unit_id))
    heading = _("Authorisation of %(name)s") % {"name": found.text}
    return _page(request, form, found.unit, heading, _("Write down the authorisation when it has come."))


@require_http_methods(["GET", "HEAD", "POST"])
def sender_withdraw(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _sender(request, pk)
    if request.method == "POST":
        arranging.withdraw_sender(actor=request.user, sender=found)
        feedback.done(request, _("The name is not used any more: %(name)s") % {"name": found.text})
        return redirect(_home(found.unit_id))
    context = {
        "question": _("Stop using the name %(name)s?") % {"name": found.text},
        "consequence": _(
            "No text message is sent with it any more, not even those that wait. It can be asked for again."
        ),
        "deed": _("Stop using the name"),
        "cancel_url": _home(found.unit_id),
        "danger": True,
    }
    return render(request, "office/confirm.html", context)


def _sender(request: ScopedRequest, pk: int) -> SmsSender:
    rows = SmsSender.objects.filter(request.scope.unit_filter("unit", SETTINGS)).select_related("unit")
    return get_object_or_404(rows.exclude(state=SmsState.WITHDRAWN), pk=pk)
