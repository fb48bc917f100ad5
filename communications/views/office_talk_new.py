"""Staff write to a member first, from the member's page (COM-4)."""

from __future__ import annotations

from uuid import uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from communications.forms.talks import BeginForm
from communications.models.talks import ANSWER
from communications.services import talking
from jasenpalvelu.common import clock, feedback
from members.models import OrgUnit
from members.requests import ScopedRequest
from members.views.finding import member_trail, page_context, subject_or_404


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ScopedRequest, pk: int) -> HttpResponse:
    subject = subject_or_404(request, pk)
    pks = [unit for unit in subject.present_units if request.scope.can(ANSWER, unit, "B")]
    if not pks:
        raise Http404
    units = list(OrgUnit.objects.filter(pk__in=pks).order_by("sort_key", "pk"))
    posted = request.method == "POST"
    form = BeginForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        units=units,
        initial={"once": uuid4()},
    )
    if posted and form.is_valid():
        data = form.cleaned_data
        talk = talking.begin(
            actor=request.user,
            party=subject.party,
            unit=form.unit,
            subject=data["subject"],
            text=data["text"],
            files=data["files"],
            waits=data["waits"],
            once=data["once"],
            at=clock.now(),
        )
        feedback.done(request, _("The message was sent."))
        return redirect("office:talk", talk.pk)
    context = page_context(subject) | {"form": form, "trail": member_trail(subject)}
    return render(request, "office/talks/new.html", context)
