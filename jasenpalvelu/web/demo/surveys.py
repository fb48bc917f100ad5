"""Polls and surveys of the first association and of the union: open, closed, a draft, in all three grades, with answers."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from communications.models import Delivery, State, Survey, SurveyInvitation
from communications.services import answering, asking, inviting, releasing, surveys
from communications.surveying import ready
from communications.surveying.path import kept
from communications.surveying.questions import (
    LONG,
    MATRIX,
    MULTIPLE,
    SCALE,
    SINGLE,
    Form,
    Option,
    Page,
    Question,
)
from jasenpalvelu.accounts.models import User
from jasenpalvelu.common import clock
from jasenpalvelu.web.demo.structure import Federation
from members.models import OrgUnit, PartyLogin
from members.scope import Scope

ASKED = 160
TEXTS = (
    "Enemmän retkiä metsään.",
    "Kokoukset voisi pitää etänä.",
    "Hyvää työtä, jatkakaa samaan malliin.",
    "Neuvonta on ollut nopeaa ja ystävällistä.",
    "Nuorille viljelijöille omaa ohjelmaa.",
    "Jäsenkirje on joskus liian pitkä.",
)
TRIP = Form(
    (
        Page(
            (
                Question(
                    "q1",
                    SINGLE,
                    {"fi": "Minne kesäretki tehdään?", "sv": "Vart gör vi sommarutfärden?"},
                    required=True,
                    options=(
                        Option("o1", {"fi": "Saaristoon", "sv": "Till skärgården"}),
                        Option("o2", {"fi": "Taimitarhalle", "sv": "Till plantskolan"}),
                        Option("o3", {"fi": "Maatalousnäyttelyyn", "sv": "Till lantbruksutställningen"}),
                    ),
                ),
            )
        ),
    ),
    thanks={
        "fi": "Kiitos, retkestä kerrotaan jäsenkirjeessä.",
        "sv": "Tack, vi berättar mer i medlemsbrevet.",
    },
)
CHAIR = Form(
    (
        Page(
            (
                Question(
                    "q1",
                    SINGLE,
                    {"fi": "Pitäisikö yhdistysten yhdistyä?"},
                    required=True,
                    options=(
                        Option("o1", {"fi": "Kyllä"}),
                        Option("o2", {"fi": "Ei"}),
                        Option("o3", {"fi": "En osaa sanoa"}),
                    ),
                ),
            )
        ),
    ),
)


def build(*, federation: Federation, random: Random, on: date) -> None:
    """Needs the posts: surveys are made by the people who hold them."""
    own, union = federation.associations[0].unit, federation.union
    secretary, manager = _holder(own), _holder(union)
    if secretary is None or manager is None:
        return
    at = clock.now()
    members = ready.BY_CODE["members"].form
    survey = _opened(secretary, own, "Jäsenkysely 2026", "Medlemsenkät 2026", members, "pseudonymous", on, at)
    _answer(survey, random, on, share=0.6)
    trip = _opened(secretary, own, "Kesäretki", "Sommarutfärden", TRIP, "open", on, at, kind="poll")
    _answer(trip, random, on, share=0.3)
    secret = _opened(secretary, own, "Yhdistymisestä", "", CHAIR, "secret", on, at, kind="poll")
    _answer(secret, random, on, share=0.4)
    surveys.close(actor=secretary, survey=secret, at=at)
    csat = ready.BY_CODE["csat"].form
    _draft(secretary, own, "Palvelu toimistolla", "", csat, "secret", on, audience="link")
    _situation(manager, union, random, on, at)


def _holder(unit: OrgUnit) -> User | None:
    """Who may make surveys in the unit."""
    logins = PartyLogin.objects.filter(
        party__mandates__unit=unit, party__mandates__template__grants__capability="surveys.edit"
    )
    login = logins.order_by("pk").select_related("user").first()
    return login.user if login else None


def _draft(
    actor: User, unit: OrgUnit, fi: str, sv: str, form: Form, grade: str, on: date, **further: Any
) -> Survey:
    values = {
        "title_fi": fi,
        "title_sv": sv,
        "languages": ["fi", "sv"] if sv else ["fi"],
        "grade": grade,
        "audience": "members",
        "closes_on": on + timedelta(days=21),
        "shown": "answered",
        "changeable": grade != "secret",
    }
    kind = further.pop("kind", "survey")
    return surveys.create(actor=actor, unit=unit, kind=kind, values=values | further, form=form)


def _opened(
    actor: User,
    unit: OrgUnit,
    fi: str,
    sv: str,
    form: Form,
    grade: str,
    on: date,
    at: datetime,
    **further: Any,
) -> Survey:
    """Open, and settled at once; no letter leaves the machine."""
    made = _draft(actor, unit, fi, sv, form, grade, on, **further)
    made = surveys.open_survey(actor=actor, survey=made, on=on, at=at, letters=False)
    inviting.settle(survey=made, scope=Scope.for_user(actor, on=on), on=on, at=at)
    if not made.of_units:
        _invited(actor, made, at)
    return made


def _invited(actor: User, survey: Survey, at: datetime) -> None:
    """The round of invitations as if it had left, a few of them in vain."""
    mailing = asking.ask(survey=survey, actor=actor, at=at)
    releasing.advance(now=at)
    releasing.advance(now=at + releasing.REGRET)
    rows = Delivery.objects.filter(mailing=mailing, state=State.PLANNED)
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:2])
    done = clock.now()
    rows.filter(pk__in=keys).update(state=State.REJECTED, reason="gave_up", code="4.4.1", done_at=done)
    rows.update(state=State.ACCEPTED, done_at=done)
    releasing.advance(now=at + releasing.REGRET)


def _answer(survey: Survey, random: Random, on: date, *, share: float) -> None:
    rows = SurveyInvitation.objects.filter(survey=survey).select_related("survey").order_by("pk")[:ASKED]
    for row in rows:
        if random.random() < share:
            answering.answer(invitation=row, answers=_drawn(survey.form, random), on=on)


def _drawn(form: Form, random: Random) -> dict[str, Any]:
    return kept(form, {q.key: answer for q in form.asking if (answer := _one(q, random)) is not None})


def _one(question: Question, random: Random) -> Any:
    keys = [option.key for option in question.options]
    if question.kind == SINGLE:
        return random.choices(keys, weights=range(len(keys), 0, -1))[0]
    if question.kind == MULTIPLE:
        return random.sample(keys, random.randint(1, 2))
    if question.points:
        least = 2 if question.kind == SCALE else 5
        return random.choice(question.points[least:] if random.random() < 0.8 else question.points)
    if question.kind == MATRIX:
        return {row.key: random.choice(keys) for row in question.rows}
    if question.kind == LONG:
        return random.choice(TEXTS) if random.random() < 0.4 else None
    return str(random.randint(5, 120))


def _situation(actor: User, union: OrgUnit, random: Random, on: date, at: datetime) -> None:
    form = ready.BY_CODE["situation"].form
    further = {"kind": "situation", "audience": "units", "shown": "never", "changeable": True}
    survey = _opened(actor, union, "Yhdistysten tilanne syksyllä", "", form, "open", on, at, **further)
    rows = SurveyInvitation.objects.filter(survey=survey).select_related("survey").order_by("pk")
    for row in list(rows)[1::2]:
        answering.answer(invitation=row, answers=_drawn(form, random), on=on, actor=actor)
