"""What is taken off the charges of one table: family, discounts, exemptions and the most a unit charges one payer.

Everything taken off is a line of its own and never makes a share negative. The order is fixed: family cover, the table's
discounts in their order, exemptions on what is left, the cap on the sum.
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from billing.allocation import allocate
from billing.pricing.compiled import Charge, CompiledTable
from billing.pricing.model import (
    CAP,
    EXEMPTION,
    FAMILY,
    PERCENT_DISCOUNT,
    Key,
    Line,
    MembershipInput,
    Remark,
)
from jasenpalvelu.common.money import round_cents

Members = tuple[MembershipInput, ...]
Made = Sequence[tuple[Line, Members]]


def needs_adjusting(compiled: CompiledTable, made: Made, members: Members, before: Decimal) -> bool:
    """False for nearly every payer: nothing is taken off and the sum stays under the cap."""
    if compiled.discounts:
        return True
    for member in members:
        if member.covered or member.exemption:
            return True
    cap = compiled.table.cap
    return cap is not None and sum((line.amount for line, _ in made), before) > cap


def adjust(
    compiled: CompiledTable,
    made: Made,
    members: Members,
    payer_key: str,
    before: Decimal,
    notes: list[Remark],
    claim: Callable[[Key], bool],
) -> list[Line]:
    """The negative lines that follow the charges `made` by a table. `before`: already charged by it in the period.

    `claim` takes the right to give a discount of a fixed sum, which is given once in a period; False when it was given.
    """
    work = _Adjusting(compiled, made, payer_key, claim)
    if any(member.covered for member in members):
        work.family(notes)
    for discount in compiled.discounts:
        work.discount(discount)
    if any(member.exemption for member in members):
        work.exempt()
    if compiled.table.cap is not None:
        work.cap(compiled.table.cap, before)
    return work.lines


class _Adjusting:
    """`left` is what remains of each charge, in the order they were made."""

    __slots__ = ("claim", "compiled", "left", "lines", "made", "payer_key")

    def __init__(
        self, compiled: CompiledTable, made: Made, payer_key: str, claim: Callable[[Key], bool]
    ) -> None:
        self.compiled = compiled
        self.claim = claim
        self.made = made
        self.payer_key = payer_key
        self.left = [line.amount for line, _ in made]
        self.lines: list[Line] = []

    def family(self, notes: list[Remark]) -> None:
        """Members covered by another's fee pay nothing, unless the table has rules of its own for them."""
        if self.compiled.has_family_charges or self.compiled.family_discounts:
            return
        places = [place for place, (_, group) in enumerate(self.made) if all(one.covered for one in group)]
        for line in (self.made[place][0] for place in places):
            notes.append(Remark("covered", line.unit_id, line.component, line.subject))
        self._take(places, self._sum(places), FAMILY, FAMILY)

    def discount(self, discount: Charge) -> None:
        """A discount rule lowers what its own beneficiary gets from the members it concerns, at most to nothing."""
        rule = discount.rule
        percent = rule.percent if rule.kind == PERCENT_DISCOUNT else None
        grouped: dict[str, list[int]] = {}
        for place, (line, group) in enumerate(self.made):
            if line.beneficiary == discount.beneficiary and all(
                self._concerns(discount, one) for one in group
            ):
                grouped.setdefault(self._subject(discount, line, group), []).append(place)
        for subject, places in grouped.items():
            base = self._sum(places)
            off = round_cents((rule.amount or Decimal(0)) if percent is None else base * percent / 100)
            if rule.maximum is not None:
                off = min(off, rule.maximum)
            off = min(off, base)
            # A percentage follows its charges; a sum of euros, or the most a percentage gives, is for the whole period.
            fixed = percent is None or rule.maximum is not None
            if off <= 0 or (fixed and not self.claim(Key(rule.code, subject, discount.beneficiary))):
                continue
            once_for = subject if fixed else ""
            self._take(places, off, rule.code, rule.kind, percent, account=rule.account, once_for=once_for)

    def _concerns(self, discount: Charge, member: MembershipInput) -> bool:
        if discount.rule.condition == "family" and not member.covered:
            return False
        return discount.concerns(member.type_code, fee_bearing=member.fee_bearing)

    def _subject(self, discount: Charge, line: Line, group: Members) -> str:
        once_per = discount.rule.once_per
        if once_per == "payer":
            return f"payer:{self.payer_key}"
        if once_per == "holding" and group[0].holding_id is not None:
            return f"holding:{group[0].holding_id}"
        if once_per == "membership":
            return f"membership:{line.membership_id}"
        return f"party:{line.party_id}"

    def exempt(self) -> None:
        """A decision frees the member; a charge shared by several memberships is freed as far as the least freed."""
        freed: dict[tuple[Decimal, str], list[int]] = {}
        for place, (_, group) in enumerate(self.made):
            least = min(group, key=lambda member: member.exemption)
            if least.exemption:
                freed.setdefault((least.exemption, least.exemption_reason), []).append(place)
        for (percent, reason), places in freed.items():
            off = round_cents(self._sum(places) * percent / 100)
            self._take(places, off, EXEMPTION, EXEMPTION, percent, reason=reason)

    def cap(self, cap: Decimal, before: Decimal) -> None:
        """The most one payer is charged; the unit's own share gives way first, then the shares it collects for others."""
        excess = sum(self.left, before) - max(cap, before)
        own = self.compiled.unit_id
        for mine in (True, False):
            places = [place for place, (line, _) in enumerate(self.made) if (line.beneficiary == own) == mine]
            off = min(excess, self._sum(places))
            excess -= off
            self._take(places, off, CAP, CAP, whole_payer=True)

    def _sum(self, places: Iterable[int]) -> Decimal:
        return sum((self.left[place] for place in places), Decimal(0))

    def _take(
        self,
        places: Sequence[int],
        off: Decimal,
        component: str,
        kind: str,
        percent: Decimal | None = None,
        *,
        account: str = "",
        reason: str = "",
        whole_payer: bool = False,
        once_for: str = "",
    ) -> None:
        """Take `off` from these charges in proportion: a line for each beneficiary, account and VAT rate among them.

        The first of the lines carries `once_for`, the lock against giving the same again.
        """
        if off <= 0:
            return
        for (beneficiary, to_account, vat_code, vat_rate), parts in self._shared(
            places, off, account
        ).items():
            euros = sum((share for _, share in parts), Decimal(0))
            if not euros:
                continue
            subject, membership_id, party_id = f"payer:{self.payer_key}", None, None
            if not whole_payer and len({(line.subject, line.membership_id) for line, _ in parts}) == 1:
                first = parts[0][0]
                subject, membership_id, party_id = first.subject, first.membership_id, first.party_id
            line = Line(
                component, kind, self.compiled.unit_id, beneficiary, subject, -euros, membership_id, party_id,
                percent=percent, reason=reason, account=to_account, vat_code=vat_code, vat_rate=vat_rate,
                once_for=once_for,
            )  # fmt: skip
            self.lines.append(line)
            once_for = ""

    def _shared(
        self, places: Sequence[int], off: Decimal, account: str
    ) -> dict[tuple[int, str, str, Decimal], list[tuple[Line, Decimal]]]:
        """What is taken of each charge, by beneficiary, account and VAT; what is left of the charges goes down by it."""
        taken: dict[tuple[int, str, str, Decimal], list[tuple[Line, Decimal]]] = {}
        for place, share in zip(places, allocate(off, [self.left[place] for place in places]), strict=True):
            self.left[place] -= share
            line = self.made[place][0]
            key = (line.beneficiary, account or line.account, line.vat_code, line.vat_rate)
            taken.setdefault(key, []).append((line, share))
        return taken
