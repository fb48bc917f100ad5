"""Letters in the office: the list, a new one, its facts, and where each stands (COM-1)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from communications.forms.letters import DetailsForm, NewForm
from communications.models import (
    Archive,
    Mailing,
    MailingState,
    Topic,
    TopicClass,
)
from communications.permissions import APPROVE, SEND, VIEW
from communications.services import writing
from communications.services.writing import WritingError
from communications.views.letters import CHIPS, WRITING_ERRORS, crumb, draft, seen, tell, trail, versions_of
from jasenpalvelu.common import feedback, keyset
from jasenpalvelu.common.keys import key_of
from jasenpalvelu.common.parts import Tab
from members.models import OrgUnit
from members.requests import ScopedRequest

# What was typed of a letter waits in the session under BEGUN while a segment is made; JATKA in the address takes it up again.
BEGUN, JATKA = "letter_begun", "jatka"
STATES = {
    "luonnokset": (MailingState.DRAFT, MailingState.WAITING),
    "tulossa": (MailingState.SCHEDULED, MailingState.FROZEN, MailingState.SENDING, MailingState.PAUSED),
    "lahetetyt": (MailingState.DONE, MailingState.CANCELLED),
}


@require_safe
def index(request: ScopedRequest) -> HttpResponse:
    """Letters of the units within reach, those changed last first."""
    scope = request.scope
    if not any(scope.can(need) for need in (VIEW, SEND, APPROVE)):
        raise Http404
    reach = (
        scope.unit_filter("unit", VIEW) | scope.unit_filter("unit", SEND) | scope.unit_filter("unit", APPROVE)
    )
    rows = Mailing.objects.letters().filter(reach)
    chosen = request.GET.get("tila", "")
    if chosen in STATES:
        rows = rows.filter(state__in=STATES[chosen])
    page = keyset.from_query(
        rows.select_related("unit", "topic").defer("audience"), request.GET, order=["-changed_at", "-pk"]
    )
    labels = {"": _("All"), "luonnokset": _("Drafts"), "tulossa": _("On their way"), "lahetetyt": _("Sent")}
    context = {
        "page": page,
        "rows": [(one, CHIPS[MailingState(one.state)], _people(one)) for one in page.rows],
        "views": [
            Tab(text, f"?tila={code}" if code else "?", None, code == chosen) for code, text in labels.items()
        ],
        "may_write": scope.can(SEND),
        "filtered": chosen in STATES,
    }
    return render(request, "office/letters/list.html", context)


def _people(mailing: Mailing) -> int | None:
    found = mailing.summary.get("planned")
    return int(found) if isinstance(found, int) else None


# --- a new one ----------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ScopedRequest) -> HttpResponse:
    """First in whose name, where there are several to choose from; then what it is about, to whom, and from what it begins."""
    units = list(OrgUnit.objects.visible_to(request.scope, SEND).order_by("sort_key", "pk"))
    if not units:
        raise Http404
    begun = _begun(request, None)
    wanted = key_of(request.GET.get("yhdistys"))
    own = request.scope.unit.pk if request.scope.unit else 0
    unit = next((one for one in units if one.pk == (wanted or own)), units[0])
    initial = {
        "archive": Archive.MEMBERS,
        "topic": _usual_topic(unit),
        "start": f"pohja-{key_of(request.GET.get('pohja'))}",
    } | begun
    if request.POST.get("tee") == "ryhma":
        return _to_segment(request, None, f"{request.path}?{JATKA}=1&yhdistys={unit.pk}")
    form = NewForm(
        request.POST if request.method == "POST" else None, scope=request.scope, unit=unit, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.values.items() if name != "start"}
        mailing = writing.create(actor=request.user, unit=unit, values=values, source=form.source)
        return redirect("office:message", mailing.pk)
    context = {
        "form": form,
        "unit": unit,
        "units": units,
        "trail": trail(),
        "may_segment": _may_segment(request),
    }
    return render(request, "office/letters/new.html", context)


def _may_segment(request: ScopedRequest) -> bool:
    return request.scope.can("members.view")


def _to_segment(request: ScopedRequest, mailing: Mailing | None, back: str) -> HttpResponse:
    """Off to make a segment, and back with it: what has been typed waits in the session."""
    names = [*DetailsForm.base_fields, "start"]
    kept = {name: request.POST[name][:200] for name in names if name in request.POST}
    request.session[BEGUN] = {"mailing": mailing.pk if mailing else None, "values": kept}
    return redirect(f"{reverse('office:segment_new')}?{urlencode({'paluu': back})}")


def _begun(request: ScopedRequest, mailing: Mailing | None) -> dict[str, Any]:
    """What was typed before one went to make a segment, with the segment that was made."""
    told: dict[str, Any] = {}
    kept = request.session.get(BEGUN) if JATKA in request.GET else None
    if kept and kept["mailing"] == (mailing.pk if mailing else None):
        told = kept["values"] | {"paper": "paper" in kept["values"]}
    if made := key_of(request.GET.get("ryhma")):
        told["segment"] = made
    return told


def _usual_topic(unit: OrgUnit) -> int | None:
    rows = Topic.objects.offered_in(unit.pk).filter(klass=TopicClass.MEMBER)
    return rows.order_by("position", "pk").values_list("pk", flat=True).first()


@require_safe
def message(request: ScopedRequest, pk: int) -> HttpResponse:
    """Where the letter stands: a draft is written, one that waits or is on its way or has been sent tells of itself."""
    mailing = seen(request, pk)
    if mailing.state == MailingState.DRAFT and request.scope.can(SEND, mailing.unit_id):
        language = next(iter(versions_of(mailing)), "fi")
        return redirect("office:message_edit", mailing.pk, language)
    if mailing.state == MailingState.DRAFT:
        return redirect("office:message_preview", mailing.pk)
    return redirect("office:message_results", mailing.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def details(request: ScopedRequest, pk: int) -> HttpResponse:
    mailing = draft(request, pk)
    initial = {
        "title": mailing.title,
        "topic": mailing.topic_id,
        "segment": mailing.segment_id,
        "archive": mailing.archive,
        "paper": mailing.paper,
        "reply_to": mailing.reply_to,
    } | _begun(request, mailing)
    if request.POST.get("tee") == "ryhma":
        return _to_segment(request, mailing, f"{request.path}?{JATKA}=1")
    form = DetailsForm(
        request.POST if request.method == "POST" else None,
        scope=request.scope,
        unit=mailing.unit,
        kept=mailing.segment,
        initial=initial,
    )
    if request.method == "POST" and form.is_valid():
        try:
            writing.change_details(actor=request.user, mailing=mailing, values=form.values)
        except WritingError as error:
            tell(request, WRITING_ERRORS, error.code)
        else:
            feedback.done(request, _("The facts of the letter were saved."))
        return redirect("office:message", mailing.pk)
    context = {
        "form": form,
        "mailing": mailing,
        "trail": trail(crumb(mailing)),
        "may_segment": _may_segment(request),
    }
    return render(request, "office/letters/details.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: ScopedRequest, pk: int) -> HttpResponse:
    mailing = draft(request, pk)
    if request.method == "POST":
        try:
            writing.delete_draft(actor=request.user, mailing=mailing)
        except WritingError as error:
            tell(request, WRITING_ERRORS, error.code)
            return redirect("office:message", pk)
        feedback.done(request, _("The draft was deleted."))
        return redirect("office:messages")
    context = {
        "question": _("Delete the draft %(title)s?") % {"title": mailing.title},
        "consequence": _("Its words are gone for good. Nobody has got the letter."),
        "deed": _("Delete the draft"),
        "danger": True,
        "cancel_url": reverse("office:message", args=[pk]),
    }
    return render(request, "office/confirm.html", context)
