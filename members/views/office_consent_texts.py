"""The words of the consents: those of the union for all, or an association's own; versions, never edits (REG-14, ADR 0023)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from jasenpalvelu.common import clock, feedback
from members import consents
from members.forms.consents import TextForm
from members.models import ConsentPurpose, ConsentText, OrgUnit
from members.personal.rights import CLASSES, HANDLE
from members.requests import ScopedRequest
from members.services import consenting
from members.services.consenting import ConsentError
from members.views import consent_wording as wording


def _unit(request: ScopedRequest) -> OrgUnit:
    """The unit one works in, when one handles its data in full and it has words: the union or an association."""
    unit = request.scope.unit
    if unit is None or not request.scope.can(HANDLE, unit.pk, CLASSES):
        raise Http404
    if not unit.kind.has_members and unit.kind.level != 0:
        raise Http404
    return unit


def _owner(unit: OrgUnit) -> OrgUnit | None:
    """Whose words one writes: None are the union's, for all associations."""
    return None if unit.kind.level == 0 else unit


def _trail(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [
        (_("Data protection"), reverse("office:privacy")),
        (_("Consents"), reverse("office:consent_texts")),
        *more,
    ]


@require_safe
def index(request: ScopedRequest) -> HttpResponse:
    """Every purpose with the words in use, and what comes."""
    unit, on = _unit(request), clock.today()
    shown = consents.texts_for([unit.pk], on)
    coming = ConsentText.objects.filter(unit=_owner(unit), valid_from__gt=on, taken_back_on=None)
    next_ones = {text.purpose_id: text for text in coming.order_by("-number")}
    rows = [
        {
            "purpose": purpose,
            "ground": wording.ground(purpose),
            "channels": wording.channels(purpose),
            "text": shown.get((purpose.pk, unit.pk)),
            "next": next_ones.get(purpose.pk),
        }
        for purpose in consents.purposes()
    ]
    context = {"rows": rows, "unit": unit, "is_union": _owner(unit) is None, "trail": _trail()[:1]}
    return render(request, "office/privacy/consent_texts.html", context)


@require_safe
def purpose(request: ScopedRequest, kind: str) -> HttpResponse:
    """One purpose: all versions of its words, the union's and one's own."""
    unit, on = _unit(request), clock.today()
    asked = get_object_or_404(ConsentPurpose, pk=kind, active=True)
    shown = consents.texts_for([unit.pk], on).get((asked.pk, unit.pk))
    rows = ConsentText.objects.filter(purpose=asked, unit__in=[unit.pk]) | ConsentText.objects.filter(
        purpose=asked, unit=None
    )
    texts = rows.select_related("unit", "written_by").order_by("-valid_from", "-pk")
    context = {
        "purpose": asked,
        "ground": wording.ground(asked),
        "channels": wording.channels(asked),
        "versions": [
            (text, wording.version_chip(text, shown, on), _may_take_back(text, unit)) for text in texts
        ],
        "people": consents.count_allowed(asked, unit=_owner(unit), on=on) if asked.needs_consent else None,
        "unit": unit,
        "trail": _trail(),
    }
    return render(request, "office/privacy/consent_purpose.html", context)


def _may_take_back(text: ConsentText, unit: OrgUnit) -> bool:
    owner = _owner(unit)
    mine = text.unit_id == (owner.pk if owner else None)
    return mine and text.taken_back_on is None and text.valid_from > clock.today()


@require_http_methods(["GET", "HEAD", "POST"])
def write(request: ScopedRequest, kind: str) -> HttpResponse:
    """A new version: looked at in three languages with its consequences first, then saved."""
    unit, on = _unit(request), clock.today()
    owner = _owner(unit)
    asked = get_object_or_404(ConsentPurpose, pk=kind, active=True)
    last = consents.last_version(asked, owner)
    base = last or consents.texts_for([unit.pk], on).get((asked.pk, unit.pk))
    earliest = max(on, last.valid_from) if last else on
    initial: dict[str, Any] = {"valid_from": earliest}
    if base is not None:
        initial |= {name: getattr(base, name) for name in ("text_fi", "text_sv", "text_en")}
    form = TextForm(request.POST if request.method == "POST" else None, earliest=earliest, initial=initial)
    valid = request.method == "POST" and form.is_valid()
    if valid and "save" in request.POST and _written(request, form, asked, owner):
        return redirect("office:consent_purpose", kind)
    lapses = valid and asked.needs_consent and form.cleaned_data.get("asks_again")
    context = {
        "purpose": asked,
        "form": form,
        "preview": form.cleaned_data if valid and not form.errors else None,
        "preview_texts": list(form.words.items()) if valid and not form.errors else [],
        "people": consents.count_allowed(asked, unit=owner, on=on) if lapses else None,
        "is_union": owner is None,
        "unit": unit,
        "trail": _trail((str(asked), reverse("office:consent_purpose", args=[kind]))),
    }
    return render(request, "office/privacy/consent_write.html", context)


def _written(request: ScopedRequest, form: TextForm, asked: ConsentPurpose, owner: OrgUnit | None) -> bool:
    try:
        consenting.write_text(
            actor=request.user,
            purpose=asked,
            unit=owner,
            words=form.words,
            valid_from=form.cleaned_data["valid_from"],
            asks_again=form.cleaned_data["asks_again"],
            on=clock.today(),
        )
    except ConsentError as error:
        form.add_error("valid_from", wording.error(error.code))
        return False
    feedback.done(request, _("The new version was saved. Earlier ones stay as proof of what was shown."))
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: ScopedRequest, pk: int) -> HttpResponse:
    """A version that has not begun."""
    unit = _unit(request)
    text = get_object_or_404(ConsentText.objects.select_related("purpose"), pk=pk)
    if not _may_take_back(text, unit):
        raise Http404
    if request.method == "POST":
        try:
            consenting.take_text_back(actor=request.user, text=text, on=clock.today())
        except ConsentError as error:
            feedback.done(request, wording.error(error.code))
        else:
            feedback.done(request, _("The version was taken back. The words in use stay."))
        return redirect("office:consent_purpose", text.purpose_id)
    context = {
        "question": _("Take version %(n)s of “%(purpose)s” back?")
        % {"n": text.number, "purpose": text.purpose},
        "consequence": _("It has not been shown to anybody. The words in use stay."),
        "deed": _("Take it back"),
        "cancel_url": reverse("office:consent_purpose", args=[text.purpose_id]),
    }
    return render(request, "office/confirm.html", context)
