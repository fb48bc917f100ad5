"""What a survey asks: pages of questions in up to three languages, and the versioned JSON they are kept in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

VERSION = 1
LANGUAGES = ("fi", "sv", "en")
SINGLE, MULTIPLE, SCALE, NPS = "single", "multiple", "scale", "nps"
SHORT, LONG, NUMBER, DATE, MATRIX, INFO = "short", "long", "number", "date", "matrix", "info"
KINDS = (SINGLE, MULTIPLE, SCALE, NPS, SHORT, LONG, NUMBER, DATE, MATRIX, INFO)
# Their answers are one of what is offered: counted, crossed, and asked about by a condition.
CHOOSING = frozenset({SINGLE, MULTIPLE, SCALE, NPS})
WORDED = frozenset({SHORT, LONG})
# What a question is counted as in a score, besides the recommendation of NPS itself.
CSAT, CES = "csat", "ces"
SCORES = ("", CSAT, CES)
MOST_QUESTIONS, MOST_OPTIONS, LONGEST_TEXT = 100, 60, 2000

Text = Mapping[str, str]
Answers = Mapping[str, Any]


class FormError(ValueError):
    """What was kept is not a survey: `code` shape, version, kind, many, long or twice."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def say(text: Text, language: str) -> str:
    """The text in the language, else in Finnish, else whatever there is."""
    for code in (language[:2], *LANGUAGES):
        if found := text.get(code, ""):
            return found
    return ""


@dataclass(frozen=True)
class Option:
    key: str
    text: Text


@dataclass(frozen=True)
class Condition:
    """Asked only of those whose answer to an earlier question `has` one of the values; not `has`: none of them.

    Of a question that was not answered neither is true."""

    question: str
    values: tuple[str, ...]
    has: bool = True


@dataclass(frozen=True)
class Question:
    """`least` and `most` are how many are chosen of several, or the limits of a number; the ends of a scale. `low` and `high` name
    the ends of a scale. The columns of a matrix are its `options`."""

    key: str
    kind: str
    text: Text = field(default_factory=dict)
    help: Text = field(default_factory=dict)
    required: bool = False
    options: tuple[Option, ...] = ()
    rows: tuple[Option, ...] = ()
    least: int | None = None
    most: int | None = None
    low: Text = field(default_factory=dict)
    high: Text = field(default_factory=dict)
    condition: Condition | None = None
    score: str = ""

    @property
    def asks(self) -> bool:
        return self.kind != INFO

    @property
    def points(self) -> tuple[int, ...]:
        """The points of a scale, in order."""
        if self.kind == NPS:
            return tuple(range(11))
        if self.kind == SCALE:
            return tuple(range(1, (self.most or 5) + 1))
        return ()

    @property
    def choices(self) -> tuple[Option, ...]:
        """What may be chosen, a scale's points as well."""
        if self.points:
            return tuple(Option(str(point), {"fi": str(point)}) for point in self.points)
        return self.options if self.kind in CHOOSING else ()


@dataclass(frozen=True)
class Page:
    questions: tuple[Question, ...] = ()
    title: Text = field(default_factory=dict)


@dataclass(frozen=True)
class Form:
    """Always with one page at least. `thanks` is said at the end, `intro` before the first question."""

    pages: tuple[Page, ...] = (Page(),)
    intro: Text = field(default_factory=dict)
    thanks: Text = field(default_factory=dict)

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(question for page in self.pages for question in page.questions)

    @property
    def asking(self) -> tuple[Question, ...]:
        return tuple(question for question in self.questions if question.asks)

    def find(self, key: str) -> Question | None:
        return next((question for question in self.questions if question.key == key), None)

    def new_key(self) -> str:
        numbers = [int(q.key[1:]) for q in self.questions if q.key[1:].isdigit()]
        return f"q{max(numbers, default=0) + 1}"

    def before(self, key: str) -> tuple[Question, ...]:
        """The questions asked before this one; of a key that is not there, all."""
        found: list[Question] = []
        for question in self.questions:
            if question.key == key:
                break
            found.append(question)
        return tuple(found)


# --- as JSON ----------------------------------------------------------------------------------------------------------
def to_json(form: Form) -> dict[str, Any]:
    return {
        "version": VERSION,
        "intro": dict(form.intro),
        "thanks": dict(form.thanks),
        "pages": [
            {"title": dict(page.title), "questions": [_question_to_json(q) for q in page.questions]}
            for page in form.pages
        ],
    }


def _question_to_json(question: Question) -> dict[str, Any]:
    data: dict[str, Any] = {"key": question.key, "kind": question.kind, "text": dict(question.text)}
    for name in ("help", "low", "high"):
        if text := dict(getattr(question, name)):
            data[name] = text
    for name in ("options", "rows"):
        if options := getattr(question, name):
            data[name] = [{"key": one.key, "text": dict(one.text)} for one in options]
    data |= {
        name: value for name in ("required", "least", "most", "score") if (value := getattr(question, name))
    }
    if question.least == 0:
        data["least"] = 0
    if condition := question.condition:
        data["condition"] = {
            "question": condition.question,
            "values": list(condition.values),
            "has": condition.has,
        }
    return data


def from_json(data: Any) -> Form:
    """The form of what `to_json` gave. Raises FormError: what is not understood is refused, never guessed."""
    if not isinstance(data, dict) or not isinstance(data.get("pages"), list):
        raise FormError("shape")
    if data.get("version") != VERSION:
        raise FormError("version")
    pages = tuple(_page(page) for page in data["pages"])
    form = Form(pages or (Page(),), _text(data.get("intro")), _text(data.get("thanks")))
    keys = [question.key for question in form.questions]
    if len(keys) > MOST_QUESTIONS:
        raise FormError("many")
    if len(set(keys)) != len(keys):
        raise FormError("twice")
    return form


def _page(data: Any) -> Page:
    if not isinstance(data, dict) or not isinstance(data.get("questions"), list):
        raise FormError("shape")
    return Page(tuple(_question(one) for one in data["questions"]), _text(data.get("title")))


def _question(data: Any) -> Question:
    if not isinstance(data, dict) or not isinstance(data.get("key"), str) or not data["key"]:
        raise FormError("shape")
    if data.get("kind") not in KINDS or data.get("score", "") not in SCORES:
        raise FormError("kind")
    return Question(
        key=data["key"],
        kind=data["kind"],
        text=_text(data.get("text")),
        help=_text(data.get("help")),
        required=bool(data.get("required", False)),
        options=_options(data.get("options", [])),
        rows=_options(data.get("rows", [])),
        least=_number(data.get("least")),
        most=_number(data.get("most")),
        low=_text(data.get("low")),
        high=_text(data.get("high")),
        condition=_condition(data.get("condition")),
        score=data.get("score", ""),
    )


def _text(data: Any) -> Text:
    if data is None:
        return {}
    if not isinstance(data, dict) or not data.keys() <= set(LANGUAGES):
        raise FormError("shape")
    if any(not isinstance(value, str) for value in data.values()):
        raise FormError("shape")
    if any(len(value) > LONGEST_TEXT for value in data.values()):
        raise FormError("long")
    return {code: value for code, value in data.items() if value}


def _options(data: Any) -> tuple[Option, ...]:
    if not isinstance(data, list) or any(not isinstance(one, dict) for one in data):
        raise FormError("shape")
    if len(data) > MOST_OPTIONS:
        raise FormError("many")
    keys = [one.get("key") for one in data]
    if any(not isinstance(key, str) or not key for key in keys) or len(set(keys)) != len(keys):
        raise FormError("shape")
    return tuple(Option(one["key"], _text(one.get("text"))) for one in data)


def _number(data: Any) -> int | None:
    if data is None or (isinstance(data, int) and not isinstance(data, bool)):
        return data
    raise FormError("shape")


def _condition(data: Any) -> Condition | None:
    if data is None:
        return None
    values = data.get("values") if isinstance(data, dict) else None
    if not isinstance(values, list) or not values or any(not isinstance(value, str) for value in values):
        raise FormError("shape")
    if not isinstance(data.get("question"), str):
        raise FormError("shape")
    return Condition(data["question"], tuple(values), bool(data.get("has", True)))


# --- building ---------------------------------------------------------------------------------------------------------
def placed(form: Form, question: Question) -> Form:
    """The form with the question in the place of the one of the same key, else at the end."""
    if form.find(question.key) is None:
        last = form.pages[-1]
        return replace(form, pages=(*form.pages[:-1], replace(last, questions=(*last.questions, question))))
    return _each(form, lambda one: question if one.key == question.key else one)


def without(form: Form, key: str) -> Form:
    """The form without the question, and without the conditions that ask about it. A page left empty goes too."""

    def kept(one: Question) -> Question | None:
        if one.key == key:
            return None
        asks = one.condition is not None and one.condition.question == key
        return replace(one, condition=None) if asks else one

    return _tidy(_each(form, kept))


def moved(form: Form, key: str, *, down: bool) -> Form:
    """The question one step up or down; at the end of its page it goes over to the next one."""
    places = [(n, q) for n, page in enumerate(form.pages) for q in page.questions]
    at = next((n for n, (_page, q) in enumerate(places) if q.key == key), None)
    if at is None:
        return form
    page, question = places[at]
    beyond = at + 1 if down else at - 1
    inside = 0 <= beyond < len(places)
    if inside and places[beyond][0] == page:
        places[at], places[beyond] = places[beyond], places[at]
    elif inside:
        places[at] = (places[beyond][0], question)
    else:
        return form
    pages = tuple(
        replace(old, questions=tuple(q for n, q in places if n == number))
        for number, old in enumerate(form.pages)
    )
    return _sound(_tidy(replace(form, pages=pages)))


def broken(form: Form, key: str) -> Form:
    """A new page begins with the question; where one begins already, it is joined to the page before."""
    pages: list[Page] = []
    for page in form.pages:
        at = next((n for n, q in enumerate(page.questions) if q.key == key), None)
        if at is None:
            pages.append(page)
        elif at == 0 and pages:
            pages[-1] = replace(pages[-1], questions=pages[-1].questions + page.questions)
        elif at == 0:
            pages.append(page)
        else:
            pages += [replace(page, questions=page.questions[:at]), Page(page.questions[at:])]
    return replace(form, pages=tuple(pages))


def titled(form: Form, number: int, title: Text) -> Form:
    pages = tuple(replace(page, title=title) if n == number else page for n, page in enumerate(form.pages))
    return replace(form, pages=pages)


def _each(form: Form, act: Any) -> Form:
    pages = tuple(
        replace(page, questions=tuple(found for q in page.questions if (found := act(q)) is not None))
        for page in form.pages
    )
    return replace(form, pages=pages)


def _tidy(form: Form) -> Form:
    pages = tuple(page for page in form.pages if page.questions)
    return replace(form, pages=pages or (Page(),))


def _sound(form: Form) -> Form:
    """A condition that would ask about a later question is dropped: nobody could have answered it yet."""
    earlier: set[str] = set()

    def kept(one: Question) -> Question:
        ahead = one.condition is not None and one.condition.question not in earlier
        earlier.add(one.key)
        return replace(one, condition=None) if ahead else one

    return _each(form, kept)


def keyed(texts: Iterable[Text], before: tuple[Option, ...], letter: str) -> tuple[Option, ...]:
    """Options of the texts. One whose Finnish text stood there before keeps its key, so that conditions go on meaning it."""
    known = {say(one.text, "fi"): one.key for one in reversed(before)}
    numbers = [int(one.key[1:]) for one in before if one.key[1:].isdigit()]
    last, used, found = max(numbers, default=0), set(), []
    for text in texts:
        key = known.get(say(text, "fi"), "")
        if not key or key in used:
            last += 1
            key = f"{letter}{last}"
        used.add(key)
        found.append(Option(key, text))
    return tuple(found)
