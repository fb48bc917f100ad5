"""Letters in the office: the list, a new one, its facts, and where each stands (COM-1)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from communications.forms.letters import DetailsForm, NewForm, TemplateForm
from communications.models import (
    Archive,
    LetterTemplate,
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
    wanted = key_of(request.GET.get("yhdistys"))
    own = request.scope.unit.pk if request.scope.unit else 0
    unit = next((one for one in units if one.pk == (wanted or own)), units[0])
    initial = {
        "archive": Archive.MEMBERS,
        "topic": _usual_topic(unit),
        "segment": key_of(request.GET.get("ryhma")) or None,
    }
    form = NewForm(
        request.POST if request.method == "POST" else None, scope=request.scope, unit=unit, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.values.items() if name != "start"}
        mailing = writing.create(actor=request.user, unit=unit, values=values, source=form.source)
        return redirect("office:message", mailing.pk)
    context = {"form": form, "unit": unit, "units": units, "trail": trail()}
    return render(request, "office/letters/new.html", context)


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
    }
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
    context = {"form": form, "mailing": mailing, "trail": trail(crumb(mailing))}
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


# --- templates ----------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def to_template(request: ScopedRequest, pk: int) -> HttpResponse:
    """The words of any letter one may send, kept as a beginning for others."""
    mailing = seen(request, pk)
    if not request.scope.can(SEND, mailing.unit_id):
        raise Http404
    form = TemplateForm(
        request.POST if request.method == "POST" else None, initial={"name": mailing.title[:80]}
    )
    if request.method == "POST" and form.is_valid():
        try:
            writing.save_template(actor=request.user, mailing=mailing, name=form.cleaned_data["name"])
        except WritingError as error:
            form.add_error("name", str(WRITING_ERRORS[error.code]))
        else:
            feedback.done(request, _("The template was saved. New letters can begin with it."))
            return redirect("office:message", pk)
    context: dict[str, Any] = {
        "form": form,
        "question": _("Save the letter as a template"),
        "consequence": _("Letters of %(unit)s and of the associations below it can begin with these words.")
        % {"unit": mailing.unit},
        "deed": _("Save the template"),
        "cancel_url": reverse("office:message", args=[pk]),
    }
    return render(request, "office/confirm.html", context)


@require_safe
def templates(request: ScopedRequest) -> HttpResponse:
    if not request.scope.can(SEND):
        raise Http404
    rows = LetterTemplate.objects.visible_to(request.scope).select_related("unit").order_by("name", "pk")
    return render(request, "office/letters/templates.html", {"rows": rows, "trail": trail()})


@require_http_methods(["GET", "HEAD", "POST"])
def template_delete(request: ScopedRequest, pk: int) -> HttpResponse:
    template = get_object_or_404(LetterTemplate.objects.visible_to(request.scope), pk=pk)
    if request.method == "POST":
        writing.delete_template(actor=request.user, template=template)
        feedback.done(request, _("The template was deleted."))
        return redirect("office:letter_templates")
    context = {
        "question": _("Delete the template %(name)s?") % {"name": template.name},
        "consequence": _("Letters that have begun with it stay as they are."),
        "deed": _("Delete the template"),
        "danger": True,
        "cancel_url": reverse("office:letter_templates"),
    }
    return render(request, "office/confirm.html", context)
