"""The fees' section of the statistics: what was billed, credited, paid and is open, by year and by unit (REG-17)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import FeeYear
from jasenpalvelu.common.charts import Bar, column_chart
from jasenpalvelu.common.clock import HELSINKI
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.money import ZERO, format_number
from jasenpalvelu.common.parts import Figure
from members import reports
from members.reports import HIDDEN, TOTAL, Asked, Column, Look, Page, Report, Row, Value
from members.statistics.suppression import Sum as SumOf
from members.statistics.suppression import hidden

YEARS_SHOWN = 10


@dataclass(frozen=True)
class Fees:
    """The sums of some units in a year, euros; `invoices` only tells how many people they may be."""

    invoices: int = 0
    invoiced: Decimal = ZERO
    credited: Decimal = ZERO
    unpaid: Decimal = ZERO

    def __add__(self, other: Fees) -> Fees:
        return Fees(
            # One invoice may be several units': the most any of them has is what there is at least.
            max(self.invoices, other.invoices),
            self.invoiced + other.invoiced,
            self.credited + other.credited,
            self.unpaid + other.unpaid,
        )

    @property
    def billed(self) -> Decimal:
        return self.invoiced - self.credited

    @property
    def paid(self) -> Decimal:
        return self.billed - self.unpaid

    @property
    def values(self) -> tuple[Value, ...]:
        return self.invoiced, self.credited, self.paid, self.unpaid, reports.share(self.paid, self.billed)


NOT_TOLD: tuple[Value, ...] = (HIDDEN,) * 5


@reports.section("maksut", label=gettext_lazy("Fees"), order=20, classes="D")
def fees(asked: Asked) -> Page:
    found = _found(asked)
    counted_at = FeeYear.objects.order_by("-counted_at").values_list("counted_at", flat=True).first()
    if not found or counted_at is None:
        return Page(
            empty=(
                _("Nothing has been invoiced yet"),
                _("Fees are counted each night. When an invoice has been sent, its figures are here the next day."),
            )
        )  # fmt: skip
    return _Made(asked, found, counted_at).page()


def _found(asked: Asked) -> dict[int, dict[int, Fees]]:
    """year → unit → its fees."""
    found: dict[int, dict[int, Fees]] = {}
    rows = FeeYear.objects.filter(beneficiary__in=sorted(asked.units)).order_by("year", "beneficiary_id")
    for row in rows:
        of = Fees(row.invoices, row.invoiced, row.credited, row.unpaid)
        found.setdefault(row.year, {})[row.beneficiary_id] = of
    return found


class _Made:
    def __init__(self, asked: Asked, found: dict[int, dict[int, Fees]], counted_at: datetime) -> None:
        self.asked, self.found, self.counted_at = asked, found, counted_at
        # Whoever sees the invoices themselves is told everything.
        self.open = asked.open_to("billing.view", "D")
        self.gone = frozenset() if self.open else _gone_years(asked)
        self.year = asked.year if asked.year in found else max(found)
        other = asked.other if asked.other is not None else self.year - 1
        self.other = other if other in found and other != self.year else None

    def page(self) -> Page:
        day = format_date(self.counted_at.astimezone(HELSINKI).date())
        made = [self._years(), self._units()]
        words = [
            _("A unit's figures are its own share of the fees, whichever unit sends the invoices."),
            _("What was paid and then credited is the payer's credit, not counted as paid."),
        ]
        if any(report is not None and report.masked for report in made):
            words.append(
                _("Sums of fewer than five invoices are told only to those who may see the invoices.")
            )
        return Page(
            lede=_("%(unit)s, as it was on %(day)s") % {"unit": self.asked.name, "day": day},
            figures=self._figures(),
            reports=[report for report in made if report is not None],
            words=[(_("How these are counted"), words)],
            years=sorted(self.found),
            year=self.year,
            other=self.other,
        )

    def _of(self, year: int) -> Fees:
        return sum(self.found[year].values(), Fees())

    def _told(self, year: int) -> tuple[Value, ...]:
        of = self._of(year)
        if year in self.gone:
            return NOT_TOLD
        return NOT_TOLD if hidden({TOTAL: of.invoices}, []) and not self.open else of.values

    def _figures(self) -> list[Figure]:
        of, language = self._of(self.year), self.asked.language
        if self._told(self.year) is NOT_TOLD:
            return []

        def euros(value: Decimal) -> str:
            return format_number(round(value), language)

        change = ""
        if self.other is not None and self._told(self.other) is not NOT_TOLD:
            change = _("%(year)s: %(sum)s €") % {
                "year": self.other,
                "sum": euros(self._of(self.other).billed),
            }
        share = reports.text(reports.share(of.paid, of.billed), Look.SHARE, language).replace(
            "\N{NO-BREAK SPACE}%", ""
        )
        return [
            Figure(_("Billed %(year)s") % {"year": self.year}, euros(of.billed), "€", change=change),
            Figure(_("Paid"), share, "%" if of.billed else "", change=f"{euros(of.paid)} €"),
            Figure(_("Open"), euros(of.unpaid), "€"),
            Figure(_("Credited"), euros(of.credited), "€"),
        ]

    def _years(self) -> Report:
        shown = sorted(self.found)[-YEARS_SHOWN:]
        rows = tuple(Row(str(year), self._told(year)) for year in reversed(shown))
        title, measure = _("Fees by year"), _("Billed less credited, €")
        language = self.asked.language
        told = [year for year in shown if self._told(year) is not NOT_TOLD]
        bars = [
            Bar(
                str(year),
                max(self._of(year).billed, ZERO),
                shown=format_number(round(self._of(year).billed), language),
            )
            for year in told
        ]
        chart = column_chart(title, measure, bars, (_("Year"), measure)) if len(bars) > 1 else None
        return Report("maksut", title, measure, _("Year"), _columns(), rows, chart=chart)

    def _units(self) -> Report | None:
        """By the units right below, each with all below it; the fees of the chosen unit itself on a row of its own."""
        if not self.asked.parts:
            return None
        names = {unit.pk: unit.name(self.asked.language) for unit in self.asked.parts}
        names[self.asked.chosen.pk] = self.asked.name
        sums = _by_unit(self.asked, self.found[self.year])
        gone: frozenset[int | str] = frozenset() if self.open else _gone(sums)
        if self.year in self.gone:
            gone = frozenset([*sums, TOTAL])
        rows = [
            Row(
                names[key],
                NOT_TOLD if key in gone else of.values,
                url=f"?osa=maksut&yksikko={key}&vuosi={self.year}" if key != self.asked.chosen.pk else "",
            )
            for key, of in sums.items()
        ]
        whole = NOT_TOLD if TOTAL in gone else self._told(self.year)
        rows.append(Row(_("Together"), whole, total=True))
        title = _("Fees by unit %(year)s") % {"year": self.year}
        return Report("maksut-yksikot", title, "€", _("Unit"), _columns(), tuple(rows), on_paper=25)


def _by_unit(asked: Asked, of_year: dict[int, Fees]) -> dict[int, Fees]:
    """The units right below, each with all below it; the fees of the chosen unit itself under its own key."""
    groups = {unit.pk: frozenset(unit.below) for unit in asked.parts}
    own = asked.units - frozenset().union(*groups.values())
    if any(of_year[unit].invoices for unit in own if unit in of_year):
        groups[asked.chosen.pk] = own
    return {key: sum((of_year[u] for u in units if u in of_year), Fees()) for key, units in groups.items()}


def _gone(sums: dict[int, Fees]) -> frozenset[int | str]:
    """The rows that are not told; TOTAL among them when the whole is not."""
    counts: dict[int | str, int] = {key: of.invoices for key, of in sums.items()}
    parts = tuple(counts)
    counts[TOTAL] = sum(counts.values())
    return hidden(counts, [SumOf(parts, TOTAL)])


def _gone_years(asked: Asked) -> frozenset[int]:
    """The years in which the table of the unit above, or of one above that, does not tell the chosen unit: its own page would."""
    above = asked.above
    if above is None or above.open_to("billing.view", "D"):
        return frozenset()
    years = _found(above)
    return _gone_years(above) | {
        year for year, of in years.items() if asked.chosen.pk in _gone(_by_unit(above, of))
    }


def _columns() -> tuple[Column, ...]:
    money = (_("Invoiced"), _("Credited"), _("Paid"), _("Open"))
    return (*(Column(label, Look.MONEY) for label in money), Column(_("Paid, share"), Look.SHARE))
