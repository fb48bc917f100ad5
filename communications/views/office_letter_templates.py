"""Templates of letters: kept from a letter, looked at, begun with, deleted (COM-1)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from communications import letter_templates
from communications.forms.letters import TemplateForm
from communications.models import LetterTemplate
from communications.permissions import SEND
from communications.services import writing
from communications.services.writing import WritingError
from communications.views.letters import LANGUAGE_NAMES, LANGUAGES, WRITING_ERRORS, framed, seen, trail
from jasenpalvelu.common import feedback
from jasenpalvelu.common.parts import Tab
from members.requests import ScopedRequest


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


@require_safe
def template(request: ScopedRequest, pk: int) -> HttpResponse:
    """How a letter that begins with it would look, in each of its languages."""
    found = get_object_or_404(LetterTemplate.objects.visible_to(request.scope).select_related("unit"), pk=pk)
    there = [code for code in LANGUAGES if code in found.content]
    if not there:
        raise Http404
    language = request.GET.get("kieli", "")
    language = language if language in there else there[0]
    context = {
        "template": found,
        "subject": letter_templates.subject(found, language),
        "words": reverse("office:letter_template_words", args=[pk, language]),
        "tabs": [Tab(str(LANGUAGE_NAMES[code]), f"?kieli={code}", None, code == language) for code in there],
        "trail": trail((_("Templates of letters"), reverse("office:letter_templates"))),
    }
    return render(request, "office/letters/template.html", context)


@require_safe
def template_words(request: ScopedRequest, pk: int, language: str) -> HttpResponse:
    """For the frame; with invented names."""
    found = get_object_or_404(LetterTemplate.objects.visible_to(request.scope).select_related("unit"), pk=pk)
    if language not in found.content:
        raise Http404
    return framed(letter_templates.html(found, language))


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
