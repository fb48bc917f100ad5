"""What became of a letter: waiting for approval, about to leave, being sent, done; figures that always add up (COM-1).

Nobody is followed: there is no picture that calls home and no rewritten link, so that openings are not known.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from communications import approving
from communications import letters_reading as reading
from communications.models import Delivery, Mailing, MailingState
from communications.permissions import APPROVE, SEND
from communications.services import printing, releasing, summing
from communications.services.releasing import ReleaseError
from communications.services.summing import Figures
from communications.views import letter_words
from communications.views.letters import CHIPS, LANGUAGE_NAMES, RELEASE_ERRORS, seen, sent_by, tell, trail
from jasenpalvelu.audit.services import log_export
from jasenpalvelu.common import clock, exports, feedback, keyset
from jasenpalvelu.common.exports import Column
from members.models import OrgUnit
from members.requests import ScopedRequest

GROUPS = ("accepted", "rejected", "suppressed", "uncertain", "waiting", "cancelled")
RETRIED = ("rejected", "uncertain")


@require_safe
def results(request: ScopedRequest, pk: int) -> HttpResponse:
    mailing = seen(request, pk)
    if mailing.state == MailingState.DRAFT:
        return redirect("office:message", pk)
    figures = summing.figures(mailing)
    context = _state(request, mailing, figures) | {
        "units": _units(figures),
        "languages": [
            (LANGUAGE_NAMES.get(code, code), _line(counts))
            for code, counts in sorted(figures.languages.items())
        ],
        "reasons": _reasons(figures, paper=mailing.paper),
        "page": _missing(request, mailing),
        "group_names": [letter_words.GROUP_NAMES[name] for name in GROUPS],
        "versions": list(mailing.versions.order_by("pk").values_list("language", flat=True)),
        "trail": trail(),
    }
    context["missing"] = [_told(request, mailing, row) for row in context["page"].rows]
    return render(request, "office/letters/results.html", context)


@require_safe
def state(request: ScopedRequest, pk: int) -> HttpResponse:
    """The panel on top, asked for anew while the letter is on its way."""
    mailing = seen(request, pk)
    if mailing.state == MailingState.DRAFT:
        raise Http404
    return render(
        request, "office/letters/_state.html", _state(request, mailing, reading.figures_now(mailing))
    )


def _state(request: ScopedRequest, mailing: Mailing, figures: Figures) -> dict[str, Any]:
    now = clock.now()
    due = mailing.state == MailingState.SCHEDULED and bool(
        mailing.scheduled_at and mailing.scheduled_at <= now
    )
    release = now + releasing.REGRET if due else mailing.release_at
    left = int((release - now).total_seconds()) if release else 0
    moving = mailing.state in {MailingState.SCHEDULED, MailingState.FROZEN, MailingState.SENDING}
    may_send = request.scope.can(SEND, mailing.unit_id)
    return {
        "mailing": mailing,
        "chip": CHIPS[MailingState(mailing.state)],
        "figures": figures,
        "about_to_leave": due or mailing.state == MailingState.FROZEN,
        "release": release,
        "sums": _sums(figures),
        "done": figures.planned - figures.waiting,
        "all": figures.planned - figures.to_print,
        "left": max(left, 0),
        "left_minutes": max(left, 0) // 60,
        "left_seconds": max(left, 0) % 60,
        "alive": moving and (mailing.state != MailingState.SCHEDULED or due),
        "may_send": may_send,
        "may_approve": request.scope.can(APPROVE, mailing.unit_id)
        and request.user.pk not in approving.writers(mailing),
        "may_retry": may_send and any(getattr(figures, name) for name in RETRIED),
        "state_url": reverse("office:message_state", args=[mailing.pk]),
    }


def _sums(figures: Figures) -> list[tuple[Any, int]]:
    """What adds up to those meant; paper that nobody has printed yet is told apart from what leaves by itself."""
    rows = [(letter_words.GROUP_NAMES[name], getattr(figures, name)) for name in GROUPS]
    if not figures.to_print:
        return rows
    at = GROUPS.index("waiting")
    rows[at] = (letter_words.GROUP_NAMES["waiting"], figures.waiting - figures.to_print)
    return [*rows[: at + 1], (_("Waits to be printed"), figures.to_print), *rows[at + 1 :]]


def _line(counts: Any) -> list[int]:
    """The groups of a unit or a language, planned first."""
    return [sum(counts.values()), *(counts.get(name, 0) for name in GROUPS)]


def _units(figures: Figures) -> list[tuple[str, list[int]]]:
    names = OrgUnit.objects.in_bulk([pk for pk in figures.units if pk])
    told = [(str(names[pk]) if pk in names else "–", _line(counts)) for pk, counts in figures.units.items()]
    return sorted(told, key=lambda pair: (-pair[1][0], pair[0]))


def _reasons(figures: Figures, *, paper: bool) -> list[tuple[str, str, int]]:
    return [
        (letter_words.reason(code, of, paper=paper), letter_words.advice(code, of, paper=paper), n)
        for (of, code), n in figures.reasons.most_common()
    ]


def _missing(request: ScopedRequest, mailing: Mailing) -> keyset.Page[Delivery]:
    return keyset.from_query(
        reading.unreached(mailing, request.scope), request.GET, order=["party__sort_key", "pk"], size=50
    )


def _name(row: Delivery) -> str:
    """As in every list: last name first."""
    return (row.party.display_name if row.party else row.name) or _("Unknown")


def _told(request: ScopedRequest, mailing: Mailing, row: Delivery) -> dict[str, Any]:
    return {
        "name": _name(row),
        "party": row.party_id,
        "unit": row.unit,
        "reason": letter_words.reason(row.reason, row.state, paper=mailing.paper),
        "advice": letter_words.advice(row.reason, row.state, paper=mailing.paper),
        "to_member": row.reason in reading.ADDRESS_REASONS and request.scope.can("members.view", row.unit_id),
        "said": row.code,
    }


@require_safe
def table(request: ScopedRequest, pk: int) -> HttpResponse:
    """Those who were not reached, as a table: names within one's reach, no addresses."""
    mailing = seen(request, pk)
    rows = list(reading.unreached(mailing, request.scope).order_by("party__sort_key", "pk")[:50_000])
    columns = [
        Column(_("Name"), _name),
        Column(_("Member number"), lambda row: row.party.number if row.party else ""),
        Column(_("Association"), lambda row: str(row.unit) if row.unit else ""),
        Column(_("Why"), lambda row: letter_words.reason(row.reason, row.state, paper=mailing.paper)),
        Column(_("What to do"), lambda row: letter_words.advice(row.reason, row.state, paper=mailing.paper)),
    ]
    stream = BytesIO()
    exports.write_csv(rows, columns, stream)
    log_export(
        actor=request.user, subject=mailing.title, count=len(rows), unit_id=mailing.unit_id, classes="A"
    )
    response = HttpResponse(stream.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="kirje-{mailing.pk}-saamatta.csv"'
    return response


# --- approval and paper ---------------------------------------------------------------------------------------------------
@require_POST
def approve(request: ScopedRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, releasing.approve, _("You approved the letter."), {"now": clock.now()})


@require_POST
def refuse(request: ScopedRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, releasing.refuse, _("You gave the letter back as a draft."), {})


def _decide(request: ScopedRequest, pk: int, act: Any, done: str, more: dict[str, Any]) -> HttpResponse:
    """What was looked at is what is decided on: the form tells the version."""
    mailing = seen(request, pk)
    if not request.scope.can(APPROVE, mailing.unit_id):
        raise Http404
    version = request.POST.get("version", "")
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0
    try:
        act(mailing=mailing, version=number, actor=request.user, **more)
    except ReleaseError as error:
        tell(request, RELEASE_ERRORS, error.code)
    else:
        feedback.done(request, done)
    return redirect("office:message", pk)


@require_POST
def paper(request: ScopedRequest, pk: int) -> HttpResponse:
    """Letters on paper as one file, made in the background."""
    mailing = sent_by(request, pk)
    if (
        mailing.state not in {MailingState.SENDING, MailingState.PAUSED, MailingState.DONE}
        or not printing.waiting(mailing).exists()
    ):
        tell(request, RELEASE_ERRORS, "state")
        return redirect("office:message_results", pk)
    title = _("Letters on paper: %(title)s") % {"title": mailing.title}
    job = printing.order(mailing=mailing, owner=request.user, title=title)
    return redirect("office:job", job.pk)
