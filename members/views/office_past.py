"""The tree of units as of any day (REG-1)."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from jasenpalvelu.common import clock
from jasenpalvelu.common.forms import FilterForm, FinnishDateField
from members import unit_past
from members.requests import ScopedRequest


class DayFilter(FilterForm):
    pvm = FinnishDateField(label=gettext_lazy("As of"))


@require_safe
def tree(request: ScopedRequest) -> HttpResponse:
    """Without a day it is today's; a day ahead shows what has been planned until it."""
    if not request.scope.can(unit_past.VIEW):
        raise Http404
    today = clock.today()
    form = DayFilter(
        request.GET if "pvm" in request.GET else {"pvm": f"{today.day}.{today.month}.{today.year}"}
    )
    on = form.wanted.get("pvm") or today
    nodes = unit_past.tree(request.scope, on=on, today=today)
    context = {
        "form": form,
        "on": on,
        "nodes": nodes,
        "count": sum(1 + node.below for node in nodes),
        "ahead": on > today,
        "trail": [(_("Associations"), reverse("office:units"))],
    }
    return render(request, "office/changes/tree.html", context)
