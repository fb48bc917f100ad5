"""What a treasurer looks at before approving a run: errors, warnings, who is left out, whether the sums agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from billing import remarks
from billing.models import InvoiceRun, RunItem
from billing.services import previewing
from billing.services.preparing import OPEN_STATES
from billing.wording import money
from jasenpalvelu.common.money import format_number


@dataclass(frozen=True)
class Check:
    """One thing to look at before approving; `tone` danger, warn, info or done."""

    tone: str
    icon: str
    title: str
    text: str
    link: str = ""
    url: str = ""

    @property
    def look(self) -> str:
        """The colour of the icon."""
        return "" if self.tone == "info" else f"t-{self.tone}"


class Checks:
    """The checks of a calculated run, from its stored summary."""

    def __init__(self, run: InvoiceRun) -> None:
        self.run = run
        self.summary: Mapping[str, Any] = run.summary
        self.states: Mapping[str, int] = self.summary.get("states", {})

    def all(self) -> list[Check]:
        return [
            *self._errors(),
            *self._unreachable(),
            *self._objections(),
            *self._warnings(),
            *self._left_out(),
            *self._members(),
            *self._later_run(),
            self._balance(),
        ]

    def _errors(self) -> Iterable[Check]:
        count = self.states.get("error", 0)
        if not count:
            return
        reasons = [
            f"{remarks.short_error(code)} {self._number(states['error'])}"
            for code, states in self.summary["codes"].items()
            if code in remarks.ERRORS and states.get("error")
        ]
        text = ngettext("%(n)s invoice is not made", "%(n)s invoices are not made", count)
        why = _("%(reasons)s. You can bill them later.") % {"reasons": ", ".join(reasons)}
        yield Check(
            "danger",
            "error",
            text % {"n": self._number(count)},
            why,
            _("Correct the data"),
            self._list("virheet"),
        )

    def _unreachable(self) -> Iterable[Check]:
        """Payers who cannot be sent anything, told apart where there are other errors besides."""
        count = self.summary.get("codes", {}).get("no_address", {}).get("error", 0)
        if 0 < count < self.states.get("error", 0):
            text = ngettext(
                "%(n)s payer has neither a postal address nor an e-mail address",
                "%(n)s payers have neither a postal address nor an e-mail address",
                count,
            )
            why = _("Write an address on the member's page and calculate again.")
            told = text % {"n": self._number(count)}
            yield Check("warn", "warn", told, why, _("See the payers"), self._list("no_address"))

    def _objections(self) -> Iterable[Check]:
        """Asked as things stand now: a correction may have come after the preview."""
        count = previewing.objecting(self.run).count() if self.run.state in OPEN_STATES else 0
        if count:
            text = ngettext(
                "%(n)s payer says that the data are wrong",
                "%(n)s payers say that the data are wrong",
                count,
            )
            why = _("Their corrections wait. Decide on them and calculate again, or leave the payers out.")
            url = reverse("office:run_objections", args=[self.run.pk])
            yield Check("warn", "warn", text % {"n": self._number(count)}, why, _("See the payers"), url)

    def _warnings(self) -> Iterable[Check]:
        for code in (
            "rise",
            "two_associations",
            "same_y_tunnus",
            "no_y_tunnus",
            "area_missing",
            "amount_differs",
            remarks.USUAL,
        ):
            count = self.summary.get("codes", {}).get(code, {}).get("ready", 0)
            if count:
                link = _("See the fees") if code == "rise" else _("See the payers")
                tone = "info" if code == remarks.USUAL else "warn"
                yield Check(
                    tone,
                    tone,
                    remarks.count_text(code, count),
                    self._explained(code),
                    link,
                    self._list("nousut" if code == "rise" else code),
                )

    def _explained(self, code: str) -> str:
        if code == "rise":
            item = RunItem.objects.filter(pk=self.summary.get("largest_rise") or 0).first()
            if item is not None and item.change is not None:
                return _("The largest rise is %(sum)s: %(name)s.") % {
                    "sum": money(item.change),
                    "name": item.name,
                }
        return remarks.explanation(code)

    def _left_out(self) -> Iterable[Check]:
        excluded, nothing = self.states.get("excluded", 0), self.states.get("nothing", 0)
        if excluded:
            text = ngettext("%(n)s payer is left out", "%(n)s payers are left out", excluded)
            why = _("Left out by hand, with the reason written down.")
            yield Check(
                "info",
                "info",
                text % {"n": self._number(excluded)},
                why,
                _("See the payers"),
                self._list("jatetyt"),
            )
        charged = self.summary.get("notes", {}).get("already_charged", 0)
        if charged:
            text = ngettext(
                "%(n)s payer has been charged a part already",
                "%(n)s payers have been charged a part already",
                charged,
            )
            why = _("By an earlier run or another association. It is not charged again.")
            told = text % {"n": self._number(charged)}
            yield Check("info", "info", told, why, _("See the payers"), self._list("already_charged"))
        if nothing:
            text = ngettext("%(n)s payer has nothing to pay", "%(n)s payers have nothing to pay", nothing)
            why = _("Charged already, exempt or covered by another's fee.")
            told = text % {"n": self._number(nothing)}
            yield Check("info", "info", told, why, _("See the payers"), self._list("ei-laskutettavaa"))

    def _members(self) -> Iterable[Check]:
        """Every membership in force is in one of these numbers."""
        found: Mapping[str, int] = self.summary.get("members", {})
        if not found:
            return
        texts = {
            "own": ngettext("%(n)s is paid by the member", "%(n)s are paid by the members", found["own"]),
            "other": ngettext(
                "%(n)s is on another's invoice", "%(n)s are on another's invoice", found["other"]
            ),
            "covered": ngettext(
                "%(n)s is covered by the fee of the family",
                "%(n)s are covered by the fee of the family",
                found["covered"],
            ),
            "no_fee": ngettext("%(n)s bears no fee", "%(n)s bear no fee", found["no_fee"]),
            "deceased": ngettext("%(n)s has died", "%(n)s have died", found["deceased"]),
        }
        told = [text % {"n": self._number(found[name])} for name, text in texts.items() if found[name]]
        title = ngettext("%(n)s membership in force", "%(n)s memberships in force", found["all"])
        yield Check("info", "info", title % {"n": self._number(found["all"])}, f"{', '.join(told)}.")

    def _later_run(self) -> Iterable[Check]:
        if self.summary.get("compared") is False:
            yield Check(
                "info",
                "info",
                _("The sums are not compared with last year"),
                _("The year has been billed already. This run takes what has come since."),
            )

    def _balance(self) -> Check:
        if self.summary.get("balanced"):
            why = _("The invoices and the shares of the beneficiaries are the same to the cent.")
            return Check("done", "done", _("The sums agree"), why)
        why = _(
            "The invoices and the shares of the beneficiaries differ. Calculate again before you approve."
        )
        return Check("danger", "error", _("The sums do not agree"), why)

    def _list(self, show: str) -> str:
        return f"{reverse('office:run_items', args=[self.run.pk])}?nayta={show}"

    def _number(self, value: int) -> str:
        return format_number(value, get_language() or "fi")
