"""What billing does when something happens below it."""

from __future__ import annotations

from django.db import connection

from billing import check_mail
from billing.models import DataCheck, FeeBracket, FeeRule, FeeTable
from billing.models.checks import Channel
from billing.models.fees import FeeTableState
from billing.services import fee_tables, first_fees, rounds
from communications.events import MessageRefused
from jasenpalvelu.common.events import handles
from members.events import AdmissionsDecided, MembershipsLeave, UnitsReorganised
from members.models import OrgUnit

# Invoiced since it was entered: a line of the membership's association, to the member or to whoever pays for it.
_INVOICED = """
SELECT DISTINCT m.id FROM members_membership m
LEFT JOIN members_holding h ON h.id = m.holding_id
JOIN billing_invoice i ON i.payer_id IN (m.party_id, m.payer_id, h.responsible_id)
JOIN billing_invoiceline l ON l.invoice_id = i.id AND l.unit_id = m.unit_id
WHERE m.id = ANY(%s)
  AND i.created_at > (SELECT min(a.at) FROM members_membershipevent e JOIN audit_mutation a ON a.id = e.mutation_id
    WHERE e.membership_id = m.id)
"""


@handles(MessageRefused)
def who_gets_no_mail_gets_a_letter(event: MessageRefused) -> None:
    """The link of a data check did not arrive: the payer is among those who get it on paper."""
    if event.kind != check_mail.KIND:
        return
    pk = int(event.reference.partition(":")[2])
    check = DataCheck.objects.filter(pk=pk, channel=Channel.EMAIL).silent().first()
    if check is not None:
        rounds.send_by_letter(check=check, actor=None)


@handles(MembershipsLeave)
def keep_what_was_invoiced(event: MembershipsLeave) -> None:
    """An invoice has to find the membership it charges, also when its payer stays."""
    with connection.cursor() as cursor:
        cursor.execute(_INVOICED, [sorted(event.memberships)])
        event.keep.update(row[0] for row in cursor.fetchall())


@handles(AdmissionsDecided)
def newcomers_are_billed(event: AdmissionsDecided) -> None:
    """Their first fee is calculated in the background, when the run of the year has gone already."""
    if first_fees.run_of_year(event.unit_id, event.members_from.year) is None:
        return
    unit = OrgUnit.objects.get(pk=event.unit_id)
    first_fees.ask(unit=unit, members_from=event.members_from, undone=event.undone)


@handles(UnitsReorganised)
def fees_follow_the_units(event: UnitsReorganised) -> None:
    """Drafts give the ended unit's part to the one that goes on, and a new unit begins with a draft of its own. What has been
    decided is a meeting's to change."""
    if event.made is not None and event.like is not None:
        _draft_like(event, event.made, event.like)
    if event.goes_on is not None and event.ending:
        drafts = FeeRule.objects.filter(beneficiary__in=event.ending, table__state=FeeTableState.DRAFT)
        held = FeeTable.objects.select_for_update().filter(pk__in=drafts.values("table")).order_by("pk")
        known = {table.pk for table in held}
        rules = list(drafts.filter(table__in=known).order_by("pk"))
        event.record.update_all(rules, beneficiary_id=event.goes_on)


def _draft_like(event: UnitsReorganised, made: int, like: int) -> None:
    """The latest table the other unit decided, as a draft for the year the new one begins in."""
    year = event.effective_on.year
    decided = FeeTable.objects.filter(unit=like, year__lte=year).exclude(state=FeeTableState.DRAFT)
    source = decided.order_by("-year", "-version").first()
    if source is None:
        return
    table = fee_tables.copy(source=source, unit=OrgUnit.objects.get(pk=made), year=year, actor=None)
    shares = source.rules.exclude(beneficiary=None).exclude(beneficiary__in=[like, *event.ending])
    for rule in shares.order_by("pk"):
        table.rules.filter(code=rule.code).update(beneficiary=rule.beneficiary_id)
    rules = list(table.rules.order_by("pk"))
    brackets = FeeBracket.objects.filter(rule__in=rules).order_by("pk")
    event.record.added([table, *rules, *brackets])
