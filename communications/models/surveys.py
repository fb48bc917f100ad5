"""Polls and surveys: what is asked of whom, who was asked, and the answers (COM-5, ADR 0026).

Three grades of honesty decide where an answer lies. Open and pseudonymous ones are `SurveyAnswer`, tied to the invitation; a secret
one is `SecretAnswer`, a table without any tie, order or time, whose rows are written anew among others (`services.answering`).

Invitations and answers have no history: they come by the hundred thousand, and a history would tell when each answered, which
two of the grades promise not to know. What people in the office decide about a survey has one.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import uuid4

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communications.surveying import questions
from communications.surveying.questions import Form
from jasenpalvelu.audit.triggers import tracked
from members.models import OrgUnit, Party, Segment
from members.models.units import localised

if TYPE_CHECKING:
    from members.scope import Scope


class SurveyKind(models.TextChoices):
    POLL = "poll", _("poll")
    SURVEY = "survey", _("survey")
    SITUATION = "situation", _("situation survey of associations")


class Grade(models.TextChoices):
    OPEN = "open", pgettext_lazy("grade of a survey", "open")
    PSEUDONYMOUS = "pseudonymous", _("pseudonymous")
    SECRET = "secret", _("secret")


class SurveyAudience(models.TextChoices):
    MEMBERS = "members", _("all members")
    SEGMENT = "segment", _("a segment")
    LETTER = "letter", _("those who get the letter it is in")
    LINK = "link", _("anybody with the link")
    UNITS = "units", _("associations")


class SurveyState(models.TextChoices):
    DRAFT = "draft", _("draft")
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")
    ARCHIVED = "archived", _("archived")


class ResultsShown(models.TextChoices):
    NEVER = "never", _("not shown")
    ANSWERED = "answered", _("after answering")
    CLOSED = "closed", _("when the survey has closed")


class LeftOut(models.TextChoices):
    NO_EMAIL = "no_email", _("no e-mail address")
    DECEASED = "deceased", _("deceased")
    RESTRICTED = "restricted", _("the use of the data is restricted")
    REFUSED = "refused", _("the message could not be sent")


# Asked all the same, on their own pages; the address of an association may be missing or refused.
REACHED_OTHERWISE = ("", LeftOut.NO_EMAIL, LeftOut.REFUSED)


# Of a survey without a last day: or its names would be kept for ever.
LONGEST = relativedelta(years=1)


class SurveyQuerySet(models.QuerySet["Survey"]):
    def visible_to(self, scope: Scope, capability: str = "surveys.edit") -> SurveyQuerySet:
        return self.filter(scope.unit_filter("unit", capability))

    def taking_answers(self, on: date) -> SurveyQuerySet:
        return self.filter(state=SurveyState.OPEN).filter(Q(closes_on=None) | Q(closes_on__gte=on))

    def to_close(self, on: date) -> SurveyQuerySet:
        """Open ones whose last day has passed; without one, those open for LONGEST in which nobody has answered for as long."""
        before = on - LONGEST
        answers = SurveyInvitation.objects.filter(survey=OuterRef("pk"), answered_on__gte=before)
        idle = Q(closes_on=None, opened_at__date__lt=before) & ~Exists(answers)
        return self.filter(Q(closes_on__lt=on) | idle, state=SurveyState.OPEN)


class Survey(models.Model):
    """`spec` is what is asked (`communications.surveying.questions`). It, the grade, the languages and the audience are final
    when the survey opens."""

    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="surveys", verbose_name=_("unit"))
    kind = models.CharField(_("kind"), max_length=10, choices=SurveyKind.choices)
    title_fi = models.CharField(_("title in Finnish"), max_length=120)
    title_sv = models.CharField(_("title in Swedish"), max_length=120, blank=True)
    title_en = models.CharField(_("title in English"), max_length=120, blank=True)
    languages = ArrayField(models.CharField(max_length=2), verbose_name=_("languages"), default=list)
    grade = models.CharField(_("what is known of the respondent"), max_length=12, choices=Grade.choices)
    audience = models.CharField(_("who is asked"), max_length=8, choices=SurveyAudience.choices)
    segment = models.ForeignKey(
        Segment, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("segment")
    )
    spec = models.JSONField(_("questions"))
    state = models.CharField(_("state"), max_length=8, choices=SurveyState.choices, default=SurveyState.DRAFT)
    closes_on = models.DateField(_("last day to answer"), null=True, blank=True)
    changeable = models.BooleanField(_("the answer may be changed until the end"), default=False)
    shown = models.CharField(
        _("results to respondents"), max_length=8, choices=ResultsShown.choices, default=ResultsShown.NEVER
    )
    kept_months = models.PositiveSmallIntegerField(
        _("who answered is forgotten after, months"),
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text=_("Counted from the day the survey closes."),
    )
    # Of a public link; nobody finds it by trying.
    code = models.UUIDField(default=uuid4, unique=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(_("opened"), null=True)
    settled_at = models.DateTimeField(null=True, help_text="Since when it is known who is asked")
    closed_at = models.DateTimeField(_("closed"), null=True)
    forgotten_at = models.DateTimeField(_("respondents forgotten"), null=True)
    job_id = models.UUIDField(null=True)

    objects = SurveyQuerySet.as_manager()

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        triggers = tracked(unit="unit_id", exclude=["created_at", "job_id"])
        indexes = [models.Index(fields=["unit", "-created_at"], name="survey_of_unit")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft", opened_at=None) | ~Q(state="draft") & Q(opened_at__isnull=False),
                name="survey_opened",
            ),
            # Nobody is known behind a public link, so nothing else can be promised of it.
            models.CheckConstraint(
                condition=~Q(audience="link") | Q(grade="secret"), name="survey_link_is_secret"
            ),
            # An association's answer is the association's, not a person's.
            models.CheckConstraint(
                condition=Q(kind="situation", audience="units", grade="open")
                | ~Q(kind="situation") & ~Q(audience="units"),
                name="survey_situation_of_units",
            ),
            models.CheckConstraint(
                condition=Q(changeable=False) | ~Q(grade="secret"), name="survey_secret_is_final"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return localised(self, "title")

    def title_in(self, language: str) -> str:
        return localised(self, "title", language)

    @property
    def form(self) -> Form:
        return questions.from_json(self.spec)

    def takes_answers(self, on: date) -> bool:
        return self.state == SurveyState.OPEN and (self.closes_on is None or on <= self.closes_on)

    @property
    def is_secret(self) -> bool:
        return self.grade == Grade.SECRET

    @property
    def of_units(self) -> bool:
        return self.audience == SurveyAudience.UNITS


class SurveyInvitationQuerySet(models.QuerySet["SurveyInvitation"]):
    def visible_to(self, scope: Scope, capability: str = "surveys.edit") -> SurveyInvitationQuerySet:
        return self.filter(scope.unit_filter("survey__unit", capability))

    def reached(self) -> SurveyInvitationQuerySet:
        """Those who are asked, by e-mail or on their own pages."""
        return self.filter(left_out__in=REACHED_OTHERWISE)

    def waiting(self, on: date) -> SurveyInvitationQuerySet:
        """Of surveys that take answers, those without one."""
        surveys = Survey.objects.taking_answers(on).filter(pk=OuterRef("survey_id"))
        return self.reached().filter(Exists(surveys), answered_on=None)

    def unsent(self) -> SurveyInvitationQuerySet:
        return self.filter(left_out="", sent_at=None)


class SurveyInvitation(models.Model):
    """Somebody, or an association, that is asked. `version` counts the links given. `answered_on` is a day and nothing finer.

    `unit` is the respondent's association, or the one that is asked. What the answers are compared by is written when the
    invitation is, and of a secret survey not at all. `draft` is what colleagues of an association have written so far.
    """

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="invitations", verbose_name=_("survey"))
    party = models.ForeignKey(
        Party,
        models.CASCADE,
        null=True,
        related_name="survey_invitations",
        verbose_name=_("respondent"),
    )
    unit = models.ForeignKey(
        OrgUnit, models.PROTECT, null=True, related_name="+", verbose_name=_("association")
    )
    for_unit = models.BooleanField(_("the association itself is asked"), default=False)
    language = models.CharField(_("language"), max_length=2, default="fi")
    member_type = models.CharField(_("type"), max_length=20, blank=True)
    age_band = models.CharField(_("age"), max_length=5, blank=True)
    left_out = models.CharField(_("why not sent"), max_length=10, choices=LeftOut.choices, blank=True)
    version = models.PositiveSmallIntegerField(default=1)
    sent_at = models.DateTimeField(_("sent"), null=True)
    reminded_at = models.DateTimeField(_("reminded"), null=True)
    answered_on = models.DateField(_("answered"), null=True)
    draft = models.JSONField(_("draft"), null=True)
    draft_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("draft written by"),
    )
    draft_at = models.DateTimeField(null=True)

    objects = SurveyInvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation to a survey")
        verbose_name_plural = _("invitations to surveys")
        constraints = [
            models.UniqueConstraint(fields=["survey", "party"], name="surveyinvitation_once"),
            models.UniqueConstraint(
                fields=["survey", "unit"], condition=Q(for_unit=True), name="surveyinvitation_unit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.survey} {self.pk}"


class SurveyAnswer(models.Model):
    """The answer of an open or a pseudonymous survey: whose it is stands in the invitation alone, and goes with its time.

    `told` is the answer as the figures of a pseudonymous survey count it, `fresh` that they do not count it, or not as it is now
    (`services.telling`).
    """

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="answers", verbose_name=_("survey"))
    invitation = models.OneToOneField(
        SurveyInvitation, models.SET_NULL, null=True, related_name="answer", verbose_name=_("invitation")
    )
    answers = models.JSONField(_("answers"))
    told = models.JSONField(_("answers in the figures"), null=True)
    fresh = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("answer to a survey")
        verbose_name_plural = _("answers to surveys")
        indexes = [models.Index(fields=["survey"], condition=Q(fresh=True), name="surveyanswer_fresh")]

    def __str__(self) -> str:
        return f"{self.survey} {self.pk}"


class SecretAnswer(models.Model):
    """An answer and nothing else. The key is drawn by lot, and there is no column of time, person or language.

    `fresh`: the figures do not count it yet (`services.telling`); so of all answers, or of fewer than those that came meanwhile.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    survey = models.ForeignKey(
        Survey, models.CASCADE, related_name="secret_answers", verbose_name=_("survey")
    )
    answers = models.JSONField(_("answers"))
    fresh = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("secret answer")
        verbose_name_plural = _("secret answers")
        indexes = [models.Index(fields=["survey"], condition=Q(fresh=True), name="secretanswer_fresh")]

    def __str__(self) -> str:
        return str(self.survey)
