"""The member's page with everything at once, its history, who has looked at it, and the non-disclosure order (REG-7, 11, 13)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from jasenpalvelu.audit import history as audit
from jasenpalvelu.audit.models import AccessLog
from jasenpalvelu.audit.services import log_view
from jasenpalvelu.common import clock, feedback, keyset
from jasenpalvelu.common.keys import key_of
from jasenpalvelu.common.parts import Tab
from members import history as told
from members import marks, masking, reading, seers
from members.forms.links import ProtectionForm, UnmaskForm
from members.models import Holding, JoinedAreas
from members.panels import Asked, Panel, Placed, panels_for
from members.reading import Subject
from members.requests import ScopedRequest
from members.services import areas, editing
from members.services.masking import NotAllowed
from members.services.masking import unmask as lift_mask
from members.views.finding import language, page_context, subject_or_404, trail
from members.views.wording import areas_line, membership_lines, relation_text, status_chips

SHOWN_EVENTS = 5
VIEWED_DAYS = 30


@require_safe
def member(request: ScopedRequest, pk: int) -> HttpResponse:
    """One member: memberships, holdings, invoices and whatever else is registered, contacts, family, history."""
    subject = subject_or_404(request, pk)
    _log(request, subject)
    own = _parts(subject)
    registered = panels_for(
        Asked(subject.party, subject.scope, subject.unit_ids, subject.classes, subject.on)
    )
    placed = sorted([*own, *registered], key=lambda part: (part.order, part.key))
    context = frame(subject, registered) | {
        "main": [part for part in placed if part.column == "main"],
        "side": [part for part in placed if part.column == "side"],
        "overdue_review": _review_is_overdue(subject),
    }
    return render(request, "office/members/page.html", context)


@require_safe
def history(request: ScopedRequest, pk: int) -> HttpResponse:
    """Every change, who made it, newest first."""
    subject = subject_or_404(request, pk)
    if not subject.can("audit.view"):
        raise Http404
    _log(request, subject)
    page = told.of_member(
        subject,
        holding_ids=[h.pk for h in _holdings(subject)],
        before=key_of(request.GET.get("ennen")) or None,
    )
    context = frame(subject, [], current="history") | {"acts": page.acts, "older": page.next}
    return render(request, "office/members/history.html", context)


@require_safe
def access(request: ScopedRequest, pk: int) -> HttpResponse:
    """Who has looked at the member's data."""
    subject = subject_or_404(request, pk)
    if not subject.can("audit.view"):
        raise Http404
    rows = AccessLog.objects.filter(party_id__in=[subject.party.pk, *subject.joined_ids])
    rows = rows.select_related("user")
    page = keyset.from_query(rows, request.GET, order=["-id"])
    context = frame(subject, [], current="access") | {
        "page": page,
        "looks": [(row, seers.access_text(row)) for row in page.rows],
    }
    return render(request, "office/members/access.html", context)


# --- non-disclosure -------------------------------------------------------------------------------------------------
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unmask(request: ScopedRequest, pk: int) -> HttpResponse:
    """A custodian tells why, and sees the hidden data in this one answer."""
    subject = _custodian(request, pk)
    form = UnmaskForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = page_context(subject) | {"form": form, "contacts": None}
    if request.method == "POST" and form.is_valid():
        try:
            contacts, place = lift_mask(
                actor=request.user,
                subject=subject,
                reason=form.cleaned_data["reason"],
                on=clock.today(),
                language=language(),
            )
        except NotAllowed:
            raise Http404 from None
        context |= {"contacts": contacts, "place": place}
    return render(request, "office/members/unmask.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def protection(request: ScopedRequest, pk: int) -> HttpResponse:
    """A custodian keeps the order with a new review date or lifts it; both stay in the history with the reason."""
    subject = _custodian(request, pk)
    initial = {"act": "keep", "until": subject.party.non_disclosure_until}
    form = ProtectionForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        lifted = form.cleaned_data["act"] == "lift"
        editing.set_protection(
            actor=request.user,
            party=subject.party,
            in_force=not lifted,
            until=form.cleaned_data["until"],
            reason=form.cleaned_data["reason"],
        )
        done = (
            _("The non-disclosure order was lifted.")
            if lifted
            else _("The non-disclosure order stays in force.")
        )
        feedback.done(request, done)
        return redirect("office:member", pk)
    return render(request, "office/members/protection.html", page_context(subject) | {"form": form})


def _custodian(request: ScopedRequest, pk: int) -> Subject:
    subject = subject_or_404(request, pk)
    if not subject.party.non_disclosure or not subject.can_now("nondisclosure.unmask"):
        raise Http404
    return subject


# --- the frame of all tabs ------------------------------------------------------------------------------------------
def frame(subject: Subject, registered: list[Placed], current: str = "summary") -> dict[str, Any]:
    """The head and the tabs of the member's pages; `registered` are panels that have a tab of their own."""
    party = subject.party
    here = reverse("office:member", args=[party.pk])
    tabs = [Tab(_("Summary"), here, current=current == "summary")]
    tabs += [Tab(p.panel.title, p.panel.tab_url, p.panel.count) for p in registered if p.panel.tab_url]
    if subject.can("audit.view"):
        history_url, access_url = (
            reverse(f"office:member_{name}", args=[party.pk]) for name in ("history", "access")
        )
        tabs += [
            Tab(_("History"), history_url, current=current == "history"),
            Tab(_("Views"), access_url, current=current == "access"),
        ]
    if subject.can("privacy.handle"):
        privacy_url = reverse("office:member_privacy", args=[party.pk])
        tabs.append(Tab(_("Data protection"), privacy_url, current=current == "privacy"))
    return {
        **page_context(subject),
        "trail": trail(),
        "tabs": tabs,
        "tabs_label": _("The member's data"),
        "chips": status_chips(subject, list(reading.mandates_of(subject))) + marks.chips(subject.marked),
        "former_numbers": reading.former_numbers(subject),
        "joined": subject.joined,
        "may_join": subject.edit_classes >= set("ABC"),
        "may_edit": "A" in subject.edit_classes,
        "may_unmask": party.non_disclosure and subject.can_now("nondisclosure.unmask"),
    }


def _log(request: HttpRequest, subject: Subject) -> None:
    if masking.viewing_is_logged(subject.classes):
        log_view(
            actor=request.user,  # type: ignore[arg-type]
            party_id=subject.party.pk,
            unit_id=min(subject.unit_ids),
            classes=subject.shown.classes,
        )


def _review_is_overdue(subject: Subject) -> bool:
    until = subject.party.non_disclosure_until
    return subject.party.non_disclosure and until is not None and until < subject.on


# --- the page's own parts -------------------------------------------------------------------------------------------
def _parts(subject: Subject) -> list[Placed]:
    holdings = _holdings(subject)
    people = [m.party_id for h in holdings for m in h.members.all()]
    links = reading.links_of(subject.party, subject.on) if subject.shown.household else []
    others = {pk for link in links for pk in (link.party_id, link.other_id)} | set(people)
    others |= {m.payer_id for m in subject.memberships if m.payer_id}
    with_areas = [h.pk for h in holdings if h.has_joined_areas]  # type: ignore[attr-defined] # annotated
    joined = list(areas.of_holdings(with_areas, subject.on)) if with_areas else []
    others |= {pk for one in joined for pk in (one.holding.responsible_id, one.other.responsible_id)}
    visible = reading.visible_among(subject.scope, others - {subject.party.pk}) | {subject.party.pk}
    parts = [
        Placed("memberships", 10, "main", _memberships(subject, visible)),
        *(
            Placed(f"holding-{n:03}", 20, "main", _holding(subject, h, visible, joined))
            for n, h in enumerate(holdings)
        ),
        Placed("contacts", 10, "side", _contacts(subject)),
    ]
    if subject.shown.household:
        family = _family(subject, reading.relatives(subject.party, links, visible), bool(holdings))
        parts.append(Placed("family", 20, "side", family))
    paid = reading.paid_for(subject)
    if paid:
        panel = Panel(_("Pays for others"), "office/members/_paid_for.html", {"rows": paid})
        parts.append(Placed("paid_for", 25, "side", panel))
    if subject.can("audit.view"):
        parts.append(Placed("history", 80, "side", _history(subject, holdings)))
    parts.append(Placed("seers", 90, "side", _seers(subject)))
    return parts


def _holdings(subject: Subject) -> list[Holding]:
    return reading.holdings_of(subject) if subject.shown.household else []


def _memberships(subject: Subject, visible: frozenset[int]) -> Panel:
    may_add = bool(subject.editable_units) and not _deceased(subject)
    link = reverse("office:membership_add", args=[subject.party.pk]) if may_add else ""
    return Panel(
        _("Memberships"),
        "office/members/_memberships.html",
        {"rows": membership_lines(subject, visible), "party": subject.party},
        link=link,
        link_text=_("Add a membership"),
    )


def _deceased(subject: Subject) -> bool:
    return subject.party.is_person and subject.party.person.deceased_on is not None


def _holding(subject: Subject, holding: Holding, visible: frozenset[int], joined: list[JoinedAreas]) -> Panel:
    edit = (
        reverse("office:holding_edit", args=[subject.party.pk, holding.pk])
        if "C" in subject.edit_classes
        else ""
    )
    people = [m for m in holding.members.all() if m.party_id in visible and m.party_id != subject.party.pk]
    hidden = sum(m.party_id not in visible for m in holding.members.all())
    return Panel(
        holding.name,
        "office/members/_holding.html",
        {
            "holding": holding,
            "bases": list(holding.fee_bases.all()),
            "people": people,
            "hidden": hidden,
            "shared": sum(m.holding_id == holding.pk for m in subject.memberships) > 1,
            "edit": edit,
            "joined": [
                areas_line(one, {holding.pk}, visible)
                for one in joined
                if holding.pk in (one.holding_id, one.other_id)
            ],
        },
        aside=_("Business ID %(id)s") % {"id": holding.y_tunnus} if holding.y_tunnus else "",
    )


def _contacts(subject: Subject) -> Panel:
    shown, party = subject.shown, subject.party
    contacts = reading.contacts(party, subject.on) if shown.contacts else reading.Contacts()
    edit = reverse("office:member_edit", args=[party.pk])
    mailbox, _at, host = contacts.email.value.partition("@") if contacts.email else ("", "", "")
    return Panel(
        _("Contact details"),
        "office/members/_contacts.html",
        {
            "contacts": contacts,
            "email_start": mailbox,
            "email_end": f"@{host}",
            "shown": shown,
            "language": reading.language_text(party),
            "place": reading.municipality_text(party, language()) if shown.municipality else "",
            "born": party.person if party.is_person and shown.household and party.person.birth_date else None,
            "organisation": None if party.is_person else party.organisation,
        },
        link=f"{edit}#osa2" if "B" in subject.edit_classes and not shown.protected else "",
        link_text=_("Change the contact details"),
    )


def _family(subject: Subject, relatives: list[reading.Relative], on_a_holding: bool) -> Panel:  # noqa: FBT001
    may = "C" in subject.edit_classes
    return Panel(
        _("Family and other links") if subject.party.is_person else _("Representatives and links"),
        "office/members/_family.html",
        {
            "rows": [(r, relation_text(r.kind)) for r in relatives],
            "party": subject.party,
            "may_end": may,
            "all_url": reverse("office:household", args=[subject.party.pk]),
            "add_holding": reverse("office:holding_add", args=[subject.party.pk])
            if may and not on_a_holding
            else "",
        },
        link=reverse("office:member_link_add", args=[subject.party.pk]) if may else "",
        link_text=_("Add a link"),
    )


def _history(subject: Subject, holdings: list[Holding]) -> Panel:
    page = told.of_member(subject, holding_ids=[h.pk for h in holdings], limit=SHOWN_EVENTS)
    return Panel(
        _("History"),
        "office/members/_history.html",
        {"events": [act.as_event() for act in page.acts[:SHOWN_EVENTS]]},
        link=reverse("office:member_history", args=[subject.party.pk]),
        link_text=_("Everything"),
    )


def _seers(subject: Subject) -> Panel:
    since = clock.now() - timedelta(days=VIEWED_DAYS)
    return Panel(
        _("Who sees the data"),
        "office/members/_seers.html",
        {
            "levels": seers.who_sees(
                subject.present_units, subject.unit_ids - subject.present_units, subject.on
            ),
            "viewed": audit.times_viewed(party_ids=[subject.party.pk, *subject.joined_ids], since=since),
            "days": VIEWED_DAYS,
            "who": reverse("office:member_access", args=[subject.party.pk])
            if subject.can("audit.view")
            else "",
        },
    )
