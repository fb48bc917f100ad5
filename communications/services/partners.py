"""Partners: who they are, who acts for them, what they propose and what the unit decides on it (COM-9)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core import signing
from django.urls import reverse
from django.utils.dateparse import parse_date

from communications.models import (
    Benefit,
    ContentState,
    Partner,
    PartnerLogin,
    PartnerProposal,
    ProposalState,
    Use,
)
from communications.models.benefits import INVITED
from communications.services.posting import post
from jasenpalvelu.accounts.models import User
from jasenpalvelu.accounts.services.accounts import EmailTaken, create_account
from jasenpalvelu.audit.services import mutation
from members.models import OrgUnit

PARTNER_FIELDS = (
    "name",
    "organisation",
    "text_fi",
    "text_sv",
    "text_en",
    "website",
    "email",
    "phone",
)
# What a partner edits by itself, after the unit has accepted it.
OWN_FIELDS = ("text_fi", "text_sv", "text_en", "website", "email", "phone")
BENEFIT_FIELDS = (
    "title_fi",
    "title_sv",
    "title_en",
    "text_fi",
    "text_sv",
    "text_en",
    "use",
    "code",
    "link",
    "single_use",
    "segment",
    "municipalities",
    "valid_from",
    "valid_until",
)
PROPOSED_FIELDS = tuple(name for name in BENEFIT_FIELDS if name not in {"segment", "single_use"})
_DAYS = {"valid_from", "valid_until"}
SALT = "communications.partner"


class PartnerError(Exception):
    """`code`: taken (the unit has a partner of the name), address (no mail goes there), decided."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def keep_partner(
    *, actor: User | None, unit: OrgUnit, values: dict[str, Any], partner: Partner | None = None
) -> Partner:
    """Add a partner of the unit, or change one (PARTNER_FIELDS)."""
    with mutation(actor=actor, kind="partner.edit", summary=values["name"], unit_id=unit.pk):
        found = Partner.objects.select_for_update().get(pk=partner.pk) if partner else Partner(unit=unit)
        same = Partner.objects.filter(unit=unit, name=values["name"], ended_on=None).exclude(pk=found.pk)
        if same.exists():
            raise PartnerError("taken")
        for name in PARTNER_FIELDS:
            if name in values:
                setattr(found, name, values[name])
        found.save()
    return found


def end_partner(*, actor: User | None, partner: Partner, on: date, at: datetime) -> Partner:
    """No more partner: its benefits are not shown, its logins open nothing. `reopen` undoes it but for the logins."""
    with mutation(actor=actor, kind="partner.end", summary=partner.name, unit_id=partner.unit_id):
        found = Partner.objects.select_for_update().get(pk=partner.pk)
        if found.ended_on is None:
            found.ended_on = on
            found.save(update_fields=["ended_on"])
            PartnerLogin.objects.filter(partner=found, ended_at=None).update(ended_at=at)
    return found


# --- who acts for it ----------------------------------------------------------------------------------------------------
def invite(*, actor: User | None, partner: Partner, email: str, language: str, at: datetime) -> PartnerLogin:
    """Send an invitation, or send it again. PartnerError "address" when no mail goes to the address."""
    with mutation(actor=actor, kind="partner.invite", summary=partner.name, unit_id=partner.unit_id):
        Partner.objects.select_for_update().get(pk=partner.pk)
        row = PartnerLogin.objects.filter(partner=partner, email=email, ended_at=None).first()
        if row is None:
            row = PartnerLogin.objects.create(partner=partner, email=email, invited_at=at)
        elif row.accepted_at is None:
            row.invited_at = at
            row.save(update_fields=["invited_at"])
        else:
            return row
        path = reverse("public:partner_invitation", args=[token_of(row)])
        try:
            post(
                template="communications/email/partner_invitation",
                email=email,
                language=language,
                facts={
                    "path": path.lstrip("/"),
                    "unit": partner.unit.name_in(language),
                    "name": partner.name,
                },
                unit_id=partner.unit_id,
                kind="partners.invitation",
                reference=f"partner:{partner.pk}",
                reply_to=partner.unit.email,
                on_behalf=partner.unit.name_in(language),
            )
        except ValueError:
            raise PartnerError("address") from None
    return row


def token_of(row: PartnerLogin) -> str:
    return signing.dumps([row.pk, row.email], salt=SALT)


def by_token(token: str, at: datetime) -> PartnerLogin | None:
    """The open invitation behind a link; None for one that is over, was used, or was never sent."""
    try:
        pk, email = signing.loads(token, salt=SALT, max_age=INVITED)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    rows = PartnerLogin.objects.select_related("partner__unit").filter(partner__ended_on=None)
    row = rows.filter(pk=pk, email=email, ended_at=None).first()
    return row if row is not None and row.invited_at + INVITED >= at else None


def accept_invitation(*, row: PartnerLogin, at: datetime) -> PartnerLogin:
    """The login of the invited address acts for the partner; a new one is made where there is none. Nobody is logged in by it:
    the code that is asked next goes to the same address."""
    with mutation(actor=None, kind="partner.join", summary=row.partner.name, unit_id=row.partner.unit_id):
        found = PartnerLogin.objects.select_for_update().get(pk=row.pk)
        if found.accepted_at is None and found.ended_at is None:
            user = User.objects.filter(email=found.email.lower()).first()
            if user is None:
                try:
                    user = create_account(email=found.email, full_name=row.partner.name, verified=True)
                except EmailTaken:
                    raise PartnerError("address") from None
            found.user, found.accepted_at = user, at
            found.save(update_fields=["user", "accepted_at"])
    return found


def end_login(*, actor: User | None, row: PartnerLogin, at: datetime) -> None:
    with mutation(
        actor=actor, kind="partner.login_end", summary=row.partner.name, unit_id=row.partner.unit_id
    ):
        PartnerLogin.objects.filter(pk=row.pk, ended_at=None).update(ended_at=at)


# --- benefits -----------------------------------------------------------------------------------------------------------
def keep_benefit(
    *, actor: User | None, partner: Partner, values: dict[str, Any], benefit: Benefit | None = None
) -> Benefit:
    """Write a draft, or change a benefit in whatever state (BENEFIT_FIELDS)."""
    title = values["title_fi"] or values["title_sv"] or values["title_en"]
    with mutation(actor=actor, kind="benefit.edit", summary=title, unit_id=partner.unit_id):
        if benefit is None:
            found = Benefit(unit=partner.unit, partner=partner)
        else:
            found = Benefit.objects.select_for_update().get(pk=benefit.pk)
        for name in BENEFIT_FIELDS:
            if name in values:
                setattr(found, name, values[name])
        found.save()
    return found


def set_state(*, actor: User | None, benefit: Benefit, state: str) -> Benefit:
    """Publish a benefit, or take it back."""
    with mutation(actor=actor, kind=f"benefit.{state}", summary=benefit.title, unit_id=benefit.unit_id):
        found = Benefit.objects.select_for_update().get(pk=benefit.pk)
        found.state = state
        found.save(update_fields=["state"])
    return found


# --- proposals ----------------------------------------------------------------------------------------------------------
def propose(
    *,
    actor: User,
    partner: Partner,
    values: dict[str, Any],
    at: datetime,
    benefit: Benefit | None = None,
    new: bool = False,
) -> PartnerProposal:
    """A partner's own edit waits for the unit; a newer one of the same thing takes its place."""
    with mutation(actor=actor, kind="partner.propose", summary=partner.name, unit_id=partner.unit_id):
        Partner.objects.select_for_update().get(pk=partner.pk)
        if not new:
            same = PartnerProposal.objects.filter(partner=partner, benefit=benefit, new=False)
            same.waiting().update(state=ProposalState.REPLACED)
        kept = {
            name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()
        }
        return PartnerProposal.objects.create(
            partner=partner, benefit=benefit, new=new, values=kept, proposed_by=actor, proposed_at=at
        )


def decide(
    *, actor: User, proposal: PartnerProposal, accept: bool, reason: str, at: datetime, on: date
) -> PartnerProposal:
    """Accepted it is written at once, a new benefit as a published one. PartnerError "decided" when somebody was faster."""
    with mutation(
        actor=actor, kind="partner.decide", summary=proposal.partner.name, unit_id=proposal.partner.unit_id
    ):
        partner = Partner.objects.select_for_update().get(pk=proposal.partner_id)
        found = PartnerProposal.objects.select_for_update().get(pk=proposal.pk)
        if found.state != ProposalState.WAITING:
            raise PartnerError("decided")
        if accept:
            _write(actor, partner, found, on)
        found.state = ProposalState.ACCEPTED if accept else ProposalState.REFUSED
        found.reason, found.decided_by, found.decided_at = reason, actor, at
        found.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    return found


def _write(actor: User, partner: Partner, found: PartnerProposal, on: date) -> None:
    values = values_of(found)
    if found.benefit is None and not found.new:
        keep_partner(actor=actor, unit=partner.unit, values={"name": partner.name} | values, partner=partner)
        return
    values.setdefault("valid_from", on)
    if values.get("use", Use.CARD) != Use.CARD:
        values["single_use"] = False  # what is not used with the card cannot be given once
    kept = keep_benefit(actor=actor, partner=partner, values=values, benefit=found.benefit)
    if found.new:
        set_state(actor=actor, benefit=kept, state=ContentState.PUBLISHED)


def values_of(proposal: PartnerProposal) -> dict[str, Any]:
    """The proposed fields as the models take them; nothing but what a partner may propose."""
    allowed = PROPOSED_FIELDS if proposal.new or proposal.benefit_id else OWN_FIELDS
    return {
        name: parse_date(value) if name in _DAYS and value else value
        for name, value in proposal.values.items()
        if name in allowed
    }
