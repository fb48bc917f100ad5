"""The member list: search, filters, saved views, chosen columns, export of exactly what is listed (REG-7, REG-9)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jasenpalvelu.accounts.stepup import confirmation_required
from jasenpalvelu.common import clock, feedback, keyset
from jasenpalvelu.common.keys import key_of
from jasenpalvelu.common.tables import SORT, Table
from jasenpalvelu.jobs.services import enqueue
from members import filters, listing, tables, tabs
from members.choosing import Choices
from members.forms.lists import ColumnsForm, ExportForm, ViewForm
from members.jobs import EXPORT_JOB
from members.models import SavedView
from members.requests import ScopedRequest
from members.services import saved_views
from members.tables import MemberColumn

LIST = "members"
VIEW, EXPORT = "members.view", "members.export"


@dataclass
class Asked:
    """One question to the list: whose reach, which filters, which columns."""

    request: ScopedRequest
    query: QueryDict

    def __post_init__(self) -> None:
        if not self.request.scope.can(VIEW):
            raise Http404
        self.on = clock.today()
        self.choices = Choices(self.request.scope)
        self.form = filters.MemberFilter(self.query, self.choices, drawn=True)
        self.filters = tabs.canonical(self.query)

    @cached_property
    def narrowing(self) -> filters.Narrowing:
        return self.form.narrowing(self.on)

    @cached_property
    def _kept(self) -> tuple[list[SavedView], list[str] | None]:
        return saved_views.kept(user=self.request.user, list_name=LIST)

    @cached_property
    def columns(self) -> list[MemberColumn]:
        return tables.chosen(self.request.scope, self._kept[1])

    @cached_property
    def table(self) -> Table:
        return Table.of(tables.page_columns(self.columns), self.query, default="name", ticks=True)

    @cached_property
    def views(self) -> list[tabs.View]:
        return tabs.views(self.choices, self._kept[0], self.on)

    @property
    def address(self) -> str:
        """The list as it can be opened again: filters and order."""
        sort = "" if self.table.sort == "name" else urlencode({SORT: self.table.sort})
        return "&".join(part for part in (self.filters, sort) if part)

    @property
    def own_view(self) -> tabs.View | None:
        return next((v for v in self.views if v.pk and v.filters == self.filters), None)

    def numbers(self, *, ask: bool, length: int | None = None) -> tabs.Numbers:
        wanted = list(dict.fromkeys([view.filters for view in self.views] + [self.filters]))
        return tabs.numbers(self.choices, wanted, self.on, current=self.filters, ask=ask, length=length)


@require_safe
def members(request: ScopedRequest) -> HttpResponse:
    """The list. Asked by htmx it answers with the part that changes."""
    asked = Asked(request, request.GET)
    page = listing.page_of(asked.narrowing, request.GET, asked.table.sort)
    rows = listing.rows_of(page.rows, asked.narrowing)
    loaded = tables.load(tables.Loading(request.scope, rows, asked.on), asked.columns)
    length = listing.length_of(page)
    numbers = asked.numbers(ask=asked.choices.narrow and length is not None, length=length)
    context = _numbered(asked, numbers, page) | {
        "page": page,
        "loaded": loaded,
        "columns": asked.columns,
        "table": asked.table,
        "form": asked.form,
        "pills": asked.form.pills(request.GET),
        "more_open": any(f.name in asked.form.wanted for f in asked.form.offered if not f.main),
        "nobody": not rows and not asked.filters,
        "may_add": request.scope.can("members.edit"),
        "may_import": request.scope.can("members.import"),
        "may_export": request.scope.can(EXPORT),
        "may_quality": request.scope.can(VIEW, classes="BC"),
        "may_community": request.scope.can(VIEW, classes="B"),
        "may_pairs": request.scope.can("members.edit"),
        "on": asked.on,
        "partial": False,
        "past_query": tabs.with_filter(request.GET, "state", filters.EVERYONE),
        "clear_url": reverse("office:members") if asked.filters else f"?state={filters.EVERYONE}",
    }
    if not request.htmx or request.htmx.history_restore_request:
        return render(request, "office/members/list.html", context)
    response = render(request, "office/members/list.html#results", context | {"partial": True})
    response.headers["HX-Push-Url"] = _list_url(asked.address)
    return response


@require_safe
def counts(request: ScopedRequest) -> HttpResponse:
    """The numbers of a wide reach, asked for after the page has come."""
    asked = Asked(request, request.GET)
    numbers = asked.numbers(ask=True)
    return render(request, "office/members/list.html#numbers", _numbered(asked, numbers, None))


def _numbered(asked: Asked, numbers: tabs.Numbers, page: keyset.Page | None) -> dict[str, Any]:
    total = numbers.of(asked.filters)
    if total is None and page is not None and not page.next and not page.previous:
        total = len(page.rows)
    return {
        "tabs": tabs.tabs(asked.views, numbers, current=asked.filters, here=reverse("office:members")),
        "total": total,
        "pending": not numbers.complete,
        "filters": asked.filters,
        "own_view": asked.own_view,
        "may_save": bool(asked.filters) and all(v.filters != asked.filters for v in asked.views),
    }


# --- views and columns ----------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def save_view(request: ScopedRequest) -> HttpResponse:
    """Keep the filters in use under a name."""
    asked = Asked(request, request.GET)
    form = ViewForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            saved_views.save_view(
                user=request.user, list_name=LIST, name=form.cleaned_data["name"], query=asked.filters
            )
        except saved_views.TooMany:
            form.add_error(
                None, _("You have %(n)s views already. Remove one first.") % {"n": saved_views.MOST}
            )
        else:
            feedback.done(request, _("The view was saved. It is a tab of your own."))
            return redirect(_list_url(asked.filters))
    context = {
        "form": form,
        "pills": [words for words, _url in asked.form.pills(request.GET)],
        "back": _list_url(asked.filters),
    }
    return render(request, "office/members/list_view.html", context)


@require_POST
def forget_view(request: ScopedRequest, pk: int) -> HttpResponse:
    if not saved_views.forget_view(user=request.user, list_name=LIST, pk=pk):
        raise Http404
    feedback.done(request, _("The view was removed."))
    return redirect("office:members")


@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: ScopedRequest) -> HttpResponse:
    """Which facts the list shows; remembered for this person."""
    asked = Asked(request, request.GET)
    form = ColumnsForm(
        request.POST if request.method == "POST" else None,
        columns=tables.offered(request.scope),
        initial={"columns": [c.key for c in asked.columns]},
    )
    if request.method == "POST" and form.is_valid():
        saved_views.save_columns(user=request.user, list_name=LIST, keys=form.cleaned_data["columns"])
        return redirect(_list_url(asked.filters))
    context = {"form": form, "back": _list_url(asked.filters)}
    return render(request, "office/members/list_columns.html", context)


def _list_url(told: str) -> str:
    here = reverse("office:members")
    return f"{here}?{told}" if told else here


# --- export ---------------------------------------------------------------------------------------------------------
@confirmation_required
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: ScopedRequest) -> HttpResponse:
    """Say what will be in the file, then write it in the background. From the bar of chosen rows it is written at once."""
    if not request.scope.can(EXPORT):
        raise Http404
    asked = Asked(request, QueryDict(request.POST["query"]) if "query" in request.POST else request.GET)
    columns = [c for c in asked.columns if request.scope.can(EXPORT, classes=c.classes)]
    form = ExportForm(request.POST if request.method == "POST" else None, initial={"format": "xlsx"})
    chosen = _chosen(request)
    if request.method == "POST" and form.is_valid():
        return _start(request, asked, columns, form.cleaned_data["format"], chosen)
    context = {
        "form": form,
        "query": asked.query.urlencode(),
        "chosen": chosen or [],
        "count": len(chosen)
        if chosen
        else listing.counts({"": listing.parties(asked.narrowing, EXPORT)})[""],
        "columns": columns,
        "left_out": [c for c in asked.columns if c not in columns],
        "pills": [words for words, _url in asked.form.pills(asked.query)],
        "back": _list_url(asked.filters),
    }
    return render(request, "office/members/list_export.html", context)


def _chosen(request: ScopedRequest) -> list[int] | None:
    """Keys of the ticked rows; None when the whole list is meant."""
    if request.method != "POST" or request.POST.get("all"):
        return None
    return sorted({key_of(key) for key in request.POST.getlist("chosen")} - {0}) or None


def _start(
    request: ScopedRequest, asked: Asked, columns: list[MemberColumn], form: str, chosen: list[int] | None
) -> HttpResponse:
    scope = request.scope
    unit = scope.unit
    job = enqueue(
        kind=EXPORT_JOB,
        title=_("Member list as a spreadsheet") if form == "xlsx" else _("Member list as CSV"),
        detail=str(unit or ""),
        owner=request.user,
        unit_id=unit.pk if unit else None,
        needs=EXPORT,
        units={grant.unit_id for grant in scope.grants if grant.capability == EXPORT},
        params={
            "query": asked.filters,
            "sort": asked.table.sort,
            "columns": [c.key for c in columns],
            "format": form,
            "parties": chosen,
        },
        dedupe_key=_once(request.user.pk, form, asked.filters, asked.table.sort, chosen),
    )
    return redirect("office:job", job.pk)


def _once(*what: Any) -> str:
    """A double click makes one file."""
    return hashlib.blake2b(repr(what).encode(), digest_size=16).hexdigest()
