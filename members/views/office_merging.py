"""Joining two entries of the same member: which, what would happen, done; and parting them again (REG-10)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from jasenpalvelu.audit.services import log_view
from jasenpalvelu.common import clock, feedback
from members import reading
from members.forms.merging import MergeForm, OtherEntryForm
from members.models import DuplicatePair, Membership, Merge, Party
from members.requests import ScopedRequest
from members.services import merging, unmerging
from members.services.merging import CLASSES, MergeError, Plan
from members.services.unmerging import UnmergeError
from members.views import choosing_member
from members.views import merge_wording as wording
from members.views.finding import editable_or_404, page_context, subject_or_404, trail
from members.views.wording import period_text


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: ScopedRequest, pk: int) -> HttpResponse:
    """Which other entry is the same member: by its number or name, among those the person may edit."""
    subject = editable_or_404(request, pk, CLASSES)
    form = OtherEntryForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        mine = Party.objects.visible_to(request.scope, "members.edit").filter(merged_into=None)
        if isinstance(form.cleaned_data["other"], str):
            mine = mine.exclude(pk=pk)
        other = choosing_member.chosen(form, "other", mine, request.scope)
        if other is not None and other.pk == pk:
            form.add_error("other", _("This is the member's own number."))
        elif other is not None:
            return redirect("office:member_merge", pk, other.pk)
    return render(request, "office/members/join.html", page_context(subject) | {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: ScopedRequest, pk: int, other_pk: int) -> HttpResponse:
    """What joining the other entry to this one does, in numbers; differences are chosen; then it is done in one step."""
    editable_or_404(request, pk, CLASSES)
    editable_or_404(request, other_pk, CLASSES)
    on = clock.today()
    try:
        survivor, merged = merging.parties(scope=request.scope, survivor_id=pk, merged_id=other_pk)
    except Party.DoesNotExist:
        raise Http404 from None
    plan = merging.plan(survivor=survivor, merged=merged, scope=request.scope, on=on)
    classes = _classes(request, plan)
    numbers = (survivor.number, merged.number)
    form = MergeForm(
        wording.to_choose(plan, classes), numbers, request.POST if request.method == "POST" else None
    )
    if request.method == "POST" and not plan.refusals and form.is_valid():
        done = _merged(request, plan, form)
        if done is not None:
            return done
        return redirect("office:member_merge", pk, other_pk)
    for party in (survivor, merged):
        log_view(actor=request.user, party_id=party.pk, classes="".join(sorted(classes & set("ABCD"))))
    return render(request, "office/members/merge.html", _merge_context(request, plan, classes, form))


def _merged(request: ScopedRequest, plan: Plan, form: MergeForm) -> HttpResponse | None:
    """The page of the joined member, or None when it was not done; why not is told by a message."""
    try:
        done = merging.merge(
            actor=request.user,
            scope=request.scope,
            survivor_id=plan.survivor.pk,
            merged_id=plan.merged.pk,
            chosen=form.chosen(),
            digest=request.POST.get("seen", ""),
            on=clock.today(),
            at=clock.now(),
        )
    except (MergeError, Party.DoesNotExist) as error:
        if getattr(error, "code", "merged") == "merged":
            messages.error(request, _("Somebody has joined one of the entries meanwhile."))
            return redirect("office:pairs")
        messages.error(request, _("Something has changed since you looked. Nothing was done: look again."))
        return None
    text = _("Joined. The old number %(number)s leads here.") % {"number": plan.merged.number}
    feedback.done(request, text, undo=reverse("office:member_part", args=[plan.survivor.pk, done.pk]))
    return redirect("office:member", plan.survivor.pk)


def _classes(request: ScopedRequest, plan: Plan) -> frozenset[str]:
    """What the reader sees of both."""
    found = frozenset("ABCDE")
    for party in (plan.survivor, plan.merged):
        found &= reading.subject(request.scope, party.pk, on=clock.today()).classes
    return found


def _merge_context(
    request: ScopedRequest, plan: Plan, classes: frozenset[str], form: MergeForm
) -> dict[str, Any]:
    rights = any(refusal.code in {"beyond", "post"} for refusal in plan.refusals)
    return {
        "plan": plan,
        "survivor": plan.survivor,
        "merged": plan.merged,
        "sides": [(party, _memberships(request, party)) for party in (plan.survivor, plan.merged)],
        "form": form,
        "refusals": [wording.refusal_text(refusal) for refusal in plan.refusals],
        "pair": _pair(request, plan) if rights else None,
        "settled": wording.settled(plan, classes),
        "moving": wording.moving_lines(plan, classes),
        "twins": wording.twin_lines(plan),
        "left_out": wording.left_out_lines(plan, classes),
        "staying": wording.staying_lines(plan, classes),
        "more": wording.hides_something(plan, classes),
        "trail": trail((plan.survivor.display_name, reverse("office:member", args=[plan.survivor.pk]))),
    }


def _memberships(request: ScopedRequest, party: Party) -> list[tuple[Membership, str]]:
    rows = Membership.objects.visible_to(request.scope).filter(party=party)
    return [
        (row, period_text(row)) for row in rows.select_related("unit", "type").order_by("started_on", "pk")
    ]


def _pair(request: ScopedRequest, plan: Plan) -> DuplicatePair | None:
    """The pair the two are in, for asking somebody with wider rights to join them."""
    one, other = sorted([plan.survivor.pk, plan.merged.pk])
    rows = DuplicatePair.objects.visible_to(request.scope).waiting()
    return rows.filter(one=one, other=other).first()


@require_http_methods(["GET", "HEAD", "POST"])
def part(request: ScopedRequest, pk: int, merge_pk: int) -> HttpResponse:
    """Everything as it stood before the joining, or why that cannot be done any more."""
    subject = subject_or_404(request, pk)
    if not subject.edit_classes >= set(CLASSES):
        raise Http404
    joined = Merge.objects.select_related("survivor", "merged").filter(pk=merge_pk, survivor=pk).first()
    if joined is None:
        raise Http404
    if request.method == "POST":
        return _parted(request, joined)
    found = unmerging.hindrances(merge=joined, scope=request.scope, on=clock.today())
    context = page_context(subject) | {
        "merge": joined,
        "hindrances": [wording.hindrance_text(hindrance) for hindrance in found],
    }
    return render(request, "office/members/part.html", context)


def _parted(request: ScopedRequest, joined: Merge) -> HttpResponse:
    numbers = {"one": joined.survivor.number, "other": joined.merged.number}
    try:
        unmerging.unmerge(actor=request.user, scope=request.scope, merge_id=joined.pk, on=clock.today())
    except UnmergeError as error:
        if error.code == "gone":
            messages.error(request, _("They have been parted already."))
            return redirect("office:member", joined.survivor_id)
        return redirect("office:member_part", joined.survivor_id, joined.pk)
    feedback.done(request, _("Parted. %(one)s and %(other)s stand as they did before.") % numbers)
    return redirect("office:member", joined.survivor_id)
