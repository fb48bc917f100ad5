"""A meeting of the board: what waits for it, decided in one step, and taken back (REG-5)."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jasenpalvelu.common import clock, feedback, keyset
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.money import format_money
from members import masking, pending, reading
from members.forms.meetings import MeetingForm, Row, hearing_text, twice_text
from members.models import BoardMeeting, Expulsion, Mandate, Membership, OrgUnit, Resignation
from members.models.meetings import MatterKind
from members.models.memberships import State, last_day_before
from members.pending import Matter
from members.requests import ScopedRequest
from members.services import duplicates, joining, meetings, transferring
from members.services.duplicates import Candidate
from members.services.meetings import MeetingError, Taken
from members.services.undoing import UndoError
from members.views.finding import language, new_token
from members.views.wording import happened_text, undo_text

ADMIT = "members.admit"
HELD_SHOWN = 6


@dataclass(frozen=True)
class Shown:
    """One matter on the page: its fields, what is known of it, and who it may be already."""

    row: Row
    facts: list[str]
    twins: list[Candidate]
    url: str = ""
    also: str = ""
    hidden: bool = False


def unit_or_404(request: ScopedRequest, pk: int) -> OrgUnit:
    """An association whose board's matters the reader prepares."""
    mine = OrgUnit.objects.visible_to(request.scope, ADMIT).filter(kind__has_members=True)
    return get_object_or_404(mine.select_related("kind"), pk=pk)


@require_safe
def index(request: ScopedRequest) -> HttpResponse:
    """The association one works for; of several, those where something waits."""
    if not request.scope.can(ADMIT):
        raise Http404
    units = OrgUnit.objects.visible_to(request.scope, ADMIT).filter(kind__has_members=True)
    only = list(units.order_by("sort_key", "pk")[:2])
    if len(only) == 1:
        return redirect("office:meeting", only[0].pk)
    page = keyset.from_query(_with_waiting(units), request.GET, order=["sort_key", "pk"])
    return render(request, "office/meetings/index.html", {"page": page, "rows": page.rows})


def _with_waiting(units: QuerySet[OrgUnit]) -> QuerySet[OrgUnit]:
    """Units where an application, a resignation or an expulsion waits, with their numbers."""
    applied = Membership.objects.filter(unit=OuterRef("pk"), state=State.APPLIED)
    told = Resignation.objects.waiting().filter(membership__unit=OuterRef("pk"))
    heard = Expulsion.objects.under_way().filter(membership__unit=OuterRef("pk"))
    return units.annotate(
        applications=_number(applied, "unit"),
        resignations=_number(told, "membership__unit"),
        expulsions=_number(heard, "membership__unit"),
    ).filter(Q(applications__gt=0) | Q(resignations__gt=0) | Q(expulsions__gt=0))


def _number(rows: QuerySet, unit: str) -> Coalesce:
    counted = rows.order_by().values(unit).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


@require_http_methods(["GET", "HEAD", "POST"])
def meeting(request: ScopedRequest, unit_pk: int) -> HttpResponse:
    """All that waits for the board of one association, and the minutes that decide it in one step."""
    unit, today = unit_or_404(request, unit_pk), clock.today()
    found = pending.matters(unit, today)
    form = MeetingForm(
        request.POST if request.method == "POST" else None,
        matters=found,
        today=today,
        initial={"token": new_token(), **_last_people(unit)},
    )
    lost: list[str] = []
    if request.method == "POST":
        here = {matter.key for rows in found.values() for matter in rows}
        lost = [key for key in request.POST.getlist("asia") if key not in here]
        if not lost and form.is_valid():
            answer = _held(request, unit, form)
            if isinstance(answer, HttpResponse):
                return answer
            lost = answer
    if lost:
        found = pending.matters(unit, today)
        form = MeetingForm(request.POST, matters=found, today=today)
    context = {
        "unit": unit,
        "form": form,
        "sections": _sections(request, unit, form),
        "taken": [happened_text(unit, key) for key in lost],
        "held": BoardMeeting.objects.filter(unit=unit).order_by("-held_on", "-pk")[:HELD_SHOWN],
        "lapsed": pending.lapsed(unit, today),
        "trail": trail(request, unit),
        "join_url": reverse("public:join", args=[unit.slug]),
    }
    return render(request, "office/meetings/meeting.html", context)


def trail(request: ScopedRequest, unit: OrgUnit) -> list[tuple[str, str]]:
    several = len(request.scope.unit_ids(ADMIT)) > 1
    return [
        (_("Applications"), reverse("office:applications")),
        *([(_("Meetings"), reverse("office:meetings"))] if several else []),
    ]


def _last_people(unit: OrgUnit) -> dict[str, str]:
    """Chair, secretary and place of the latest meeting: mostly they are the same again. Before the first, those with the posts."""
    last = BoardMeeting.objects.filter(unit=unit, undone_on__isnull=True).order_by("-held_on", "-pk").first()
    if last:
        return {"chair": last.chair, "secretary": last.secretary, "place": last.place}
    posts = Mandate.objects.on(clock.today()).filter(unit=unit, template__code__in=["chair", "secretary"])
    rows = posts.select_related("template", "party__person").order_by("-valid_from", "-pk")
    return {mandate.template.code: mandate.party.person.full_name for mandate in rows}


# --- deciding -------------------------------------------------------------------------------------------------------
def _held(request: ScopedRequest, unit: OrgUnit, form: MeetingForm) -> HttpResponse | list[str]:
    """The page of the held meeting; or the matters somebody else has dealt with; or nothing with the error in the form."""
    try:
        done = meetings.hold(
            actor=request.user,
            unit=unit,
            minutes=form.minutes,
            verdicts=form.verdicts,
            token=form.token,
            on=clock.today(),
        )
    except joining.SentAlready as sent:
        return redirect("office:meeting_held", sent.result)
    except Taken as taken:
        return taken.keys
    except MeetingError as error:
        _refused(form, error)
        return []
    count = len(form.verdicts)
    text = ngettext("%(n)s matter was decided.", "%(n)s matters were decided.", count) % {"n": count}
    feedback.done(request, text, undo=reverse("office:meeting_undo", args=[done.pk]))
    return redirect("office:meeting_held", done.pk)


def _refused(form: MeetingForm, error: MeetingError) -> None:
    if error.code == "hearing":
        form.add_error(f"{error.key}-outcome", hearing_text(None))
        return
    texts = {
        "early": _("On the day of the meeting the fee had not been unpaid for as long as the rules say."),
        "start": _("The membership would end before it began."),
        "reason": _("Write the reason. The applicant may ask for it."),
        "twice": twice_text(),
    }
    field = f"{error.key}-outcome"
    form.add_error(field if field in form.fields else None, texts.get(error.code, texts["start"]))


@require_POST
def undo(request: ScopedRequest, pk: int) -> HttpResponse:
    """Everything the meeting decided waits again, or it is said why it cannot be."""
    found = get_object_or_404(BoardMeeting.objects.visible_to(request.scope, ADMIT), pk=pk)
    try:
        count = meetings.undo(actor=request.user, meeting=found, on=clock.today())
    except UndoError as error:
        messages.error(request, undo_text(error))
        return redirect("office:meeting_held", pk)
    text = ngettext("Undone. %(n)s matter waits again.", "Undone. %(n)s matters wait again.", count)
    feedback.done(request, text % {"n": count})
    return redirect("office:meeting", found.unit_id)


# --- the page -------------------------------------------------------------------------------------------------------
def section_titles() -> dict[MatterKind, str]:
    return {
        MatterKind.APPLICATION: _("Applications"),
        MatterKind.RESIGNATION: _("Resignations"),
        MatterKind.DEEMED: _("To be deemed resigned"),
        MatterKind.EXPULSION: _("Expulsions"),
    }


def _sections(request: ScopedRequest, unit: OrgUnit, form: MeetingForm) -> list[dict[str, object]]:
    return [
        {
            "kind": kind,
            "title": title,
            "for_all": form.for_all(kind),
            "rows": _rows(request, unit, form, rows),
        }
        for kind, title in section_titles().items()
        if (rows := form.rows(kind))
    ]


def _rows(request: ScopedRequest, unit: OrgUnit, form: MeetingForm, rows: list[Row]) -> list[Shown]:
    applying = [r.matter.membership.party_id for r in rows if r.matter.kind == MatterKind.APPLICATION]
    twins = duplicates.twins_of(party_ids=applying, scope=request.scope) if applying else {}
    classes = request.scope.classes_for([unit.pk]) | request.scope.classes_for([unit.pk], ADMIT)
    return [
        Shown(
            row,
            _facts(
                row.matter, masking.shown(classes, non_disclosure=row.matter.membership.party.non_disclosure)
            ),
            twins.get(row.matter.membership.party_id, []),
            _url(row.matter),
            _also(form, row.matter),
        )
        for row in rows
    ]


def _also(form: MeetingForm, matter: Matter) -> str:
    """Under which other heading the same membership waits: one meeting does not end it twice."""
    titles = section_titles()
    others = [
        titles[MatterKind(kind)]
        for kind, found in form.matters.items()
        if kind != matter.kind and any(other.membership.pk == matter.membership.pk for other in found)
    ]
    if not others:
        return ""
    return _(
        "The same membership also waits under “%(heading)s”. Decide one of them: the other falls away."
    ) % {"heading": ", ".join(others)}


def _url(matter: Matter) -> str:
    if matter.kind != MatterKind.EXPULSION:
        return ""
    return reverse("office:expulsion", args=[matter.membership.party_id, matter.membership.pk])


def _facts(matter: Matter, shown: masking.Shown) -> list[str]:
    kind = str(matter.membership.type)
    if matter.kind == MatterKind.APPLICATION:
        return [kind, *_application(matter, shown)]
    if matter.kind == MatterKind.RESIGNATION:
        return [kind, *_resignation(matter)]
    if matter.kind == MatterKind.DEEMED:
        return [kind, *_arrears(matter, shown)]
    return [kind, *_expulsion(matter)]


def _application(matter: Matter, shown: masking.Shown) -> list[str]:
    party = matter.membership.party
    place = (
        reading.municipality_text(party, language()) if shown.municipality else _("municipality not shown")
    )
    note = reading.application_note(matter.event, shown) if matter.event and shown.contacts_exist else ""
    former = transferring.former_of(matter.event)
    moves = _("Moves from: %(unit)s") % {"unit": former} if former else ""
    applied = _("applied %(day)s") % {"day": format_date(matter.since)}
    lacking = matter.membership.lacks_holding and shown.household
    holding = _("The holding is missing, and without it the fee cannot be counted.") if lacking else ""
    return [text for text in (place, applied, moves, note, holding) if text]


def _resignation(matter: Matter) -> list[str]:
    notice = matter.resignation
    assert notice is not None
    last = last_day_before(notice.effective_on, matter.membership.started_on)
    return [
        _("told on %(day)s") % {"day": format_date(notice.noticed_on)},
        notice.get_channel_display(),
        _("last day %(day)s") % {"day": format_date(last)} if last else "",
    ]


def _arrears(matter: Matter, shown: masking.Shown) -> list[str]:
    owed = matter.arrears
    assert owed is not None
    texts = [_("due %(day)s") % {"day": format_date(owed.due_on)}]
    if shown.finance:
        texts.append(_("unpaid %(sum)s") % {"sum": format_money(owed.amount)})
        texts.append(", ".join(owed.invoices))
    return texts


def _expulsion(matter: Matter) -> list[str]:
    proposal = matter.expulsion
    assert proposal is not None
    texts = [proposal.get_ground_display()]
    if proposal.hear_by:
        texts.append(_("may answer until %(day)s") % {"day": format_date(proposal.hear_by)})
    if proposal.answered_on:
        texts.append(_("answered %(day)s") % {"day": format_date(proposal.answered_on)})
    return texts
