"""Writing a letter: one part at a time, each saved by itself, without a script and with one (COM-1).

What is shown after an act is the whole page again; htmx swaps only the writing. Where somebody else has saved a part meanwhile, both are
shown, and nothing of either is lost.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communications import letters_reading as reading
from communications.forms.letter_blocks import ICONS, KIND_NAMES, BlockForm
from communications.forms.letters import HeadForm
from communications.letters import blocks as parts
from communications.letters import fields
from communications.letters.blocks import Block
from communications.models import Mailing, MailingVersion
from communications.services import picturing, planning, writing
from communications.services.writing import WritingError
from communications.views import letter_lines
from communications.views.letters import (
    LANGUAGE_NAMES,
    LANGUAGES,
    WRITING_ERRORS,
    crumb,
    draft,
    tell,
    trail,
    version_of,
    versions_of,
)
from jasenpalvelu.common import clock
from members.requests import ScopedRequest

REMOVED = "letter_removed"


@require_safe
def edit(request: ScopedRequest, pk: int, language: str) -> HttpResponse:
    mailing = draft(request, pk)
    return _page(request, mailing, version_of(mailing, language), opened=request.GET.get("osa", ""))


def _page(
    request: ScopedRequest,
    mailing: Mailing,
    version: MailingVersion,
    *,
    opened: str = "",
    head: HeadForm | None = None,
    form: BlockForm | None = None,
    conflict: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    there = versions_of(mailing)
    lines = letter_lines.of_version(request, mailing, version, opened, form)
    context = {
        "mailing": mailing,
        "version": version,
        "head": head or HeadForm(initial=_head_of(version)),
        "lines": lines,
        "kinds": [(kind, name, ICONS[kind]) for kind, name in KIND_NAMES.items()],
        "fields": [(f"{{{{{field.code}}}}}", field.label) for field in fields.FIELDS],
        "example": f"{{{{first_name|{_('member')}}}}}",
        "languages": _languages(mailing, there, version.language),
        "others": [(code, LANGUAGE_NAMES[code]) for code in LANGUAGES if code not in there],
        "copy_from": "fi" if "fi" in there else next(iter(there)),
        "copy_name": LANGUAGE_NAMES["fi" if "fi" in there else next(iter(there))],
        "saved": reading.last_saved(mailing),
        "conflict": conflict,
        "removed": _removed(request, mailing, version),
        "preview": reverse("office:message_letter", args=[mailing.pk, version.language]),
        "trail": trail(),
    }
    return render(request, "office/letters/edit.html", context, status=status)


def _head_of(version: MailingVersion) -> dict[str, str]:
    told = {name: getattr(version, name) for name in writing.HEAD}
    return told | {"seen": writing.head_digest(version)}


def _languages(
    mailing: Mailing, there: dict[str, MailingVersion], current: str
) -> list[tuple[str, Any, bool]]:
    return [
        (reverse("office:message_edit", args=[mailing.pk, code]), LANGUAGE_NAMES[code], code == current)
        for code in there
    ]


@require_safe
def people(request: ScopedRequest, pk: int) -> HttpResponse:
    """How many get it, asked for after the page."""
    mailing = draft(request, pk)
    try:
        plan: planning.Plan | None = planning.plan(mailing, scope=request.scope, on=clock.today())
    except planning.PlanError:
        plan = None
    return render(request, "office/letters/_people.html", {"plan": plan, "mailing": mailing})


def _removed(request: ScopedRequest, mailing: Mailing, version: MailingVersion) -> dict[str, Any] | None:
    kept = request.session.get(REMOVED)
    if not kept or kept["mailing"] != mailing.pk or kept["language"] != version.language:
        return None
    return {"name": KIND_NAMES[kept["block"]["kind"]], "summary": parts.summary(kept["block"])}


# --- acts ---------------------------------------------------------------------------------------------------------------
@require_POST
def head(request: ScopedRequest, pk: int, language: str) -> HttpResponse:
    mailing = draft(request, pk)
    version = version_of(mailing, language)
    form = HeadForm(request.POST)
    if not form.is_valid():
        return _page(request, mailing, version, head=form, status=422)
    try:
        writing.save_head(
            actor=request.user,
            mailing=mailing,
            language=language,
            values=form.values,
            seen=form.cleaned_data["seen"],
        )
    except WritingError as error:
        if error.code != "stale":
            return _failed(request, mailing, error)
        version = version_of(mailing, language)
        data = request.POST.copy()
        data["seen"] = writing.head_digest(version)
        again = HeadForm(data)
        theirs = [(_("Subject"), error.theirs["subject"]), (_("Preview text"), error.theirs["preheader"])]
        return _page(
            request, mailing, version, head=again, conflict=_conflict(mailing, "", theirs), status=409
        )
    return _back(mailing, language, "#otsikko")


@require_POST
def add(request: ScopedRequest, pk: int, language: str) -> HttpResponse:
    mailing = draft(request, pk)
    version_of(mailing, language)
    kind = request.POST.get("kind", "")
    if kind not in parts.KINDS:
        raise Http404
    after = request.POST.get("after", "")
    try:
        block = writing.add_block(
            actor=request.user, mailing=mailing, language=language, kind=kind, after=after
        )
    except WritingError as error:
        return _failed(request, mailing, error)
    return _back(mailing, language, f"?osa={block['id']}#osa-{block['id']}")


@require_http_methods(["POST"])
def block(request: ScopedRequest, pk: int, language: str, key: str) -> HttpResponse:
    """What was typed into one part. What is not right is told beside it and nothing is saved of it; what is missing is saved."""
    mailing = draft(request, pk)
    version = version_of(mailing, language)
    found = next((one for one in version.blocks if one["id"] == key), None)
    if found is None:
        return _failed(request, mailing, WritingError("gone"))
    form = letter_lines.form_of(request, found, request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, mailing, version, form=form, status=422)
    typed = form.typed
    if form.picture is not None:
        kept = picturing.keep_picture(actor=request.user, unit=mailing.unit, picture=form.picture)
        typed = typed | {"image": str(kept.key)}
    try:
        writing.save_block(
            actor=request.user,
            mailing=mailing,
            language=language,
            block=typed,
            seen=form.cleaned_data["seen"],
        )
    except WritingError as error:
        if error.code != "stale":
            return _failed(request, mailing, error)
        return _stale(request, mailing, version_of(mailing, language), typed, error.theirs)
    return _back(mailing, language, f"#osa-{key}")


def _stale(
    request: ScopedRequest, mailing: Mailing, version: MailingVersion, mine: Block, theirs: Block
) -> HttpResponse:
    """Both are shown: mine in the form, theirs above it. Saved once more, mine takes the place."""
    form = letter_lines.form_of(request, theirs, initial=mine)
    told = [
        (str(field.label), theirs[name])
        for name, field in form.fields.items()
        if name in theirs and theirs[name] != mine.get(name)
    ]
    return _page(
        request, mailing, version, form=form, conflict=_conflict(mailing, mine["id"], told), status=409
    )


def _conflict(mailing: Mailing, key: str, theirs: list[tuple[str, str]]) -> dict[str, Any]:
    return {"key": key, "theirs": theirs, "saved": reading.last_saved(mailing)}


@require_POST
def move(request: ScopedRequest, pk: int, language: str, key: str) -> HttpResponse:
    mailing = draft(request, pk)
    by = -1 if request.POST.get("suunta") == "ylos" else 1
    try:
        writing.move_block(actor=request.user, mailing=mailing, language=language, key=key, by=by)
    except WritingError as error:
        return _failed(request, mailing, error)
    return _back(mailing, language, f"?osa={key}#osa-{key}")


@require_POST
def remove(request: ScopedRequest, pk: int, language: str, key: str) -> HttpResponse:
    """At once, with a way back on the page that follows."""
    mailing = draft(request, pk)
    try:
        gone, at = writing.remove_block(actor=request.user, mailing=mailing, language=language, key=key)
    except WritingError as error:
        return _failed(request, mailing, error)
    request.session[REMOVED] = {"mailing": mailing.pk, "language": language, "block": gone, "at": at}
    return _back(mailing, language, "#sisalto-osat")


@require_POST
def put_back(request: ScopedRequest, pk: int, language: str) -> HttpResponse:
    mailing = draft(request, pk)
    kept = request.session.pop(REMOVED, None)
    if kept and kept["mailing"] == mailing.pk and kept["language"] == language:
        try:
            writing.put_back(
                actor=request.user, mailing=mailing, language=language, block=kept["block"], at=kept["at"]
            )
        except WritingError as error:
            return _failed(request, mailing, error)
        return _back(mailing, language, f"?osa={kept['block']['id']}#osa-{kept['block']['id']}")
    return _back(mailing, language, "")


# --- languages ----------------------------------------------------------------------------------------------------------
@require_POST
def add_language(request: ScopedRequest, pk: int) -> HttpResponse:
    mailing = draft(request, pk)
    language, source = request.POST.get("kieli", ""), request.POST.get("malli", "")
    try:
        writing.add_language(actor=request.user, mailing=mailing, language=language, copy_from=source)
    except WritingError as error:
        return _failed(request, mailing, error)
    return _back(mailing, language, "")


@require_http_methods(["GET", "HEAD", "POST"])
def remove_language(request: ScopedRequest, pk: int, language: str) -> HttpResponse:
    mailing = draft(request, pk)
    version = version_of(mailing, language)
    if request.method == "POST":
        try:
            writing.remove_language(actor=request.user, mailing=mailing, language=language)
        except WritingError as error:
            return _failed(request, mailing, error)
        return redirect("office:message", pk)
    name = LANGUAGE_NAMES[language]
    context = {
        "question": _("Remove the letter in %(language)s?") % {"language": name},
        "consequence": _("Its subject and %(n)s parts are gone for good. The other languages stay.")
        % {"n": len(version.blocks)},
        "deed": _("Remove the language"),
        "danger": True,
        "cancel_url": reverse("office:message_edit", args=[pk, language]),
        "trail": trail(crumb(mailing)),
    }
    return render(request, "office/confirm.html", context)


def _failed(request: ScopedRequest, mailing: Mailing, error: WritingError) -> HttpResponse:
    tell(request, WRITING_ERRORS, error.code)
    return redirect("office:message", mailing.pk)


def _back(mailing: Mailing, language: str, where: str) -> HttpResponse:
    return redirect(reverse("office:message_edit", args=[mailing.pk, language]) + where)
