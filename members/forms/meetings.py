"""The minutes of a meeting as one form: the meeting itself, and each matter with what was decided of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jasenpalvelu.common.forms import FinnishDateField, OptionLabel, UiForm, conditional, sized
from members.forms.fields import BuiltForm, text
from members.models import BoardMeeting
from members.models.leaving import Ground
from members.models.meetings import MatterKind, Outcome
from members.pending import Matter
from members.services.expelling import SHORTEST_DAYS
from members.services.meetings import Minutes, Verdict

# What may be decided of each kind, in the words of the select; the first is offered for all where it is the usual one.
OUTCOMES: dict[str, list[tuple[str, Any]]] = {
    MatterKind.APPLICATION: [
        (Outcome.ADMITTED, gettext_lazy("Admit")),
        (Outcome.REJECTED, gettext_lazy("Reject")),
        (Outcome.POSTPONED, gettext_lazy("Postpone")),
    ],
    MatterKind.RESIGNATION: [
        (Outcome.NOTED, gettext_lazy("Note")),
        (Outcome.POSTPONED, gettext_lazy("Postpone")),
    ],
    MatterKind.DEEMED: [
        (Outcome.CONFIRMED, gettext_lazy("Deem resigned")),
        (Outcome.KEPT, gettext_lazy("Stays a member")),
        (Outcome.POSTPONED, gettext_lazy("Postpone")),
    ],
    MatterKind.EXPULSION: [
        (Outcome.EXPELLED, gettext_lazy("Expel")),
        (Outcome.DROPPED, gettext_lazy("Drop the matter")),
        (Outcome.POSTPONED, gettext_lazy("Postpone")),
    ],
}
USUAL = {MatterKind.APPLICATION: Outcome.ADMITTED, MatterKind.RESIGNATION: Outcome.NOTED}
NOT_NOW = ("skip", gettext_lazy("Not dealt with"))
# One membership ends once: it may wait both as unpaid and to be expelled.
ENDS = {Outcome.CONFIRMED, Outcome.EXPELLED}
# Nobody is expelled by a choice for all.
NOT_FOR_ALL = {Outcome.REJECTED, Outcome.EXPELLED}


@dataclass(frozen=True)
class Row:
    """A matter with its two fields."""

    matter: Matter
    outcome: BoundField
    reason: BoundField


def _select(label: Any, choices: Sequence[tuple[str, Any]], initial: str = "") -> forms.ChoiceField:
    chosen = forms.ChoiceField(
        label=label, choices=choices, initial=initial, widget=sized(forms.Select(), "s")
    )
    return conditional(chosen)  # type: ignore[return-value]


def _meeting_fields(today: date) -> dict[str, forms.Field]:
    return {
        "body": forms.ChoiceField(
            label=gettext_lazy("Who decided"),
            choices=[
                (BoardMeeting.Body.BOARD, OptionLabel(gettext_lazy("The board"))),
                (BoardMeeting.Body.MEETING, OptionLabel(gettext_lazy("The meeting of the association"))),
            ],
            initial=BoardMeeting.Body.BOARD,
            widget=forms.RadioSelect,
        ),
        "held_on": FinnishDateField(label=gettext_lazy("Day of the meeting"), initial=today, max_value=today),
        "section": text(gettext_lazy("First section of the minutes"), width="xs", length=20, required=False),
        "number": text(
            gettext_lazy("Number of the meeting"), width="xs", length=20, required=False, placeholder="4/2026"
        ),
        "members_from": FinnishDateField(
            label=gettext_lazy("New members from"),
            required=False,
            help_text=gettext_lazy("Empty: the day of the meeting."),
        ),
        "place": text(gettext_lazy("Place"), width="m", length=120, required=False),
        "chair": text(gettext_lazy("Chair of the meeting"), width="m", length=120),
        "secretary": text(gettext_lazy("Secretary of the meeting"), width="m", length=120),
        "present": text(gettext_lazy("Others present"), width="wide", length=400, required=False),
        "token": forms.UUIDField(widget=forms.HiddenInput),
    }


class MeetingForm(BuiltForm):
    """Everything a meeting decided, in one sending. What is not dealt with is left as it is."""

    def __init__(
        self, data: Any = None, *, matters: Mapping[str, Sequence[Matter]], today: date, **kwargs: Any
    ) -> None:
        self.matters = {kind: list(rows) for kind, rows in matters.items()}
        fields = _meeting_fields(today)
        for kind, rows in self.matters.items():
            if not rows:
                continue
            for_all = [(code, words) for code, words in OUTCOMES[kind] if code not in NOT_FOR_ALL]
            fields[f"all-{kind}"] = _select(
                gettext_lazy("For all"), [*for_all, NOT_NOW], USUAL.get(MatterKind(kind), NOT_NOW[0])
            )
            own = [("", gettext_lazy("As for all")), *OUTCOMES[kind], NOT_NOW]
            for matter in rows:
                fields[f"{matter.key}-outcome"] = _select(gettext_lazy("Decision"), own)
                fields[f"{matter.key}-reason"] = conditional(
                    text(gettext_lazy("Reason (when rejected) or note"), width="m", length=200)
                )
        super().__init__(fields, data, **kwargs)

    def rows(self, kind: str) -> list[Row]:
        return [
            Row(matter, self[f"{matter.key}-outcome"], self[f"{matter.key}-reason"])
            for matter in self.matters.get(kind, [])
        ]

    def for_all(self, kind: str) -> BoundField | None:
        return self[f"all-{kind}"] if self.matters.get(kind) else None

    def _outcome(self, cleaned: dict[str, Any], matter: Matter) -> str:
        own = cleaned.get(f"{matter.key}-outcome") or cleaned.get(f"all-{matter.kind}") or NOT_NOW[0]
        return "" if own == NOT_NOW[0] else str(own)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        held, members_from = cleaned.get("held_on"), cleaned.get("members_from")
        if held and members_from and members_from < held:
            self.add_error("members_from", _("The membership cannot begin before the decision."))
        dealt_with = False
        ended: set[int] = set()
        for rows in self.matters.values():
            for matter in rows:
                outcome = self._outcome(cleaned, matter)
                dealt_with = dealt_with or bool(outcome)
                self._check(cleaned, matter, outcome, held)
                if outcome in ENDS and matter.membership.pk in ended:
                    self.add_error(f"{matter.key}-outcome", twice_text())
                ended |= {matter.membership.pk} if outcome in ENDS else set()
        if not dealt_with:
            self.add_error(None, _("Nothing has been decided. Choose a decision for at least one matter."))
        return cleaned

    def _check(self, cleaned: dict[str, Any], matter: Matter, outcome: str, held: date | None) -> None:
        if outcome == Outcome.REJECTED and not cleaned.get(f"{matter.key}-reason"):
            self.add_error(f"{matter.key}-reason", _("Write the reason. The applicant may ask for it."))
        proposal = matter.expulsion
        if outcome == Outcome.EXPELLED and proposal and held and not proposal.may_be_decided(held):
            self.add_error(f"{matter.key}-outcome", hearing_text(proposal.hear_by))

    @property
    def verdicts(self) -> list[Verdict]:
        found = []
        for rows in self.matters.values():
            for matter in rows:
                if outcome := self._outcome(self.cleaned_data, matter):
                    reason = self.cleaned_data.get(f"{matter.key}-reason") or ""
                    found.append(Verdict(matter.kind, matter.pk, outcome, reason))
        return found

    @property
    def minutes(self) -> Minutes:
        names = ("held_on", "chair", "secretary", "body", "number", "place", "present", "section")
        values = {name: self.cleaned_data[name] for name in names}
        return Minutes(**values, members_from=self.cleaned_data["members_from"])

    @property
    def token(self) -> UUID:
        return self.cleaned_data["token"]


def hearing_text(hear_by: date | None) -> str:
    day = f"{hear_by.day}.{hear_by.month}.{hear_by.year}" if hear_by else ""
    return _("The member may answer until %(day)s. Nobody is expelled before that day has passed.") % {
        "day": day
    }


def twice_text() -> str:
    return _(
        "The same membership is ended in another matter of this meeting. Decide one of the two, and leave the other one with"
        " “Not dealt with”."
    )


# --- expulsion ------------------------------------------------------------------------------------------------------
class ExpulsionForm(UiForm):
    """The proposal to expel a member, and the hearing."""

    ground = forms.ChoiceField(
        label=gettext_lazy("Ground"),
        choices=Ground.choices,
        widget=sized(forms.RadioSelect(), look="options"),
    )
    reasons = forms.CharField(
        label=gettext_lazy("What has happened"),
        max_length=500,
        widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("Facts only: the member has the right to read this."),
    )
    told_on = conditional(
        FinnishDateField(
            label=gettext_lazy("The member was told on"),
            help_text=gettext_lazy("Needed for every other ground than an unpaid fee."),
        )
    )
    hear_by = conditional(
        FinnishDateField(
            label=gettext_lazy("The member may answer until"),
            help_text=gettext_lazy("The last day to answer, at least a week after the member was told."),
        )
    )

    def __init__(self, data: Any = None, *, today: date, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["ground"].choices = [  # type: ignore[attr-defined]
            (ground.value, OptionLabel(_sentence(str(ground.label)))) for ground in Ground
        ]
        self.fields["told_on"].max_value = today  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        told, until = cleaned.get("told_on"), cleaned.get("hear_by")
        if cleaned.get("ground") == Ground.UNPAID and not until:
            # Nobody has to be heard (section 15); the day of telling alone is no hearing.
            return cleaned
        for name in ("told_on", "hear_by"):
            if name in cleaned and not cleaned[name]:
                self.add_error(name, _("The member must be heard before the decision: write the date."))
        if told and until and (until - told).days < SHORTEST_DAYS:
            text = _("Give the member at least %(n)s days to answer.") % {"n": SHORTEST_DAYS}
            self.add_error("hear_by", text)
        return cleaned


class AnswerForm(UiForm):
    """What the member answered in the hearing."""

    prefix = "vastaus"
    answered_on = FinnishDateField(label=gettext_lazy("Answered on"))
    answer = forms.CharField(
        label=gettext_lazy("The member's answer"), max_length=2000, widget=forms.Textarea({"rows": 5})
    )

    def __init__(self, data: Any = None, *, today: date, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["answered_on"].max_value = today  # type: ignore[attr-defined]


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
