"""What is known of a respondent, in plain words: said before answering, and nothing more is promised than is kept (ADR 0026)."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from communications.models import Grade, Survey, SurveyAudience

NAMES: dict[str, str | Promise] = {
    Grade.OPEN: gettext_lazy("Answers with names"),
    Grade.PSEUDONYMOUS: gettext_lazy("Answers without names"),
    Grade.SECRET: gettext_lazy("Secret answers"),
}


def grade_name(survey: Survey) -> str:
    return str(NAMES[survey.grade])


def grade_short(survey: Survey) -> str:
    """One sentence, for letters."""
    if survey.of_units:
        return _("The answer is given in the association's name.")
    return {
        Grade.OPEN: _("Those who make the survey see who answered what."),
        Grade.PSEUDONYMOUS: _("Those who make the survey see the results, not who answered what."),
        Grade.SECRET: _("Your answer is not stored together with who you are."),
    }[Grade(survey.grade)]


def grade_words(survey: Survey) -> list[str]:
    """Everything a respondent should know before answering."""
    if survey.of_units:
        return [
            _("You answer in your association's name. One answer is given for each association."),
            _("Those who make the survey see the association, the answer and who sent it."),
        ]
    if survey.audience == SurveyAudience.LINK:
        return [
            _("Nobody asks who you are, and nothing that tells it is stored with the answer."),
            _(
                "A cookie in this browser remembers that it has answered, so that nobody answers twice by accident. Another browser can answer again."
            ),
            _("Do not write your name into the texts if you do not want it known."),
        ]
    return _of_grade(survey)


def _of_grade(survey: Survey) -> list[str]:
    months = ngettext(
        "%(n)s month after the survey closes", "%(n)s months after the survey closes", survey.kept_months
    ) % {"n": survey.kept_months}
    if survey.grade == Grade.OPEN:
        return [
            _("Those who make the survey see your name beside your answers."),
            _("Your name is removed from the answers %(time)s.") % {"time": months},
        ]
    if survey.grade == Grade.PSEUDONYMOUS:
        return [
            _(
                "Your answers are stored without your name. Those who make the survey see only results, and groups of fewer than five are hidden."
            ),
            _(
                "These answers are not anonymous: the service itself can still tell whose an answer is, so that you can change it and see it among your data. The tie is removed %(time)s."
            )
            % {"time": months},
        ]
    return [
        _(
            "The service stores that you have answered, and your answer in another place, with nothing that ties the two: no name, no time and no order."
        ),
        _("So nobody can find, change or remove your answer afterwards, not even you."),
        _("The results are shown when the survey has closed and at least five have answered."),
    ]
