"""The tag library of every page: `{% load ui %}`. Markup and looks: templates/ui/ and the living page /ui/.

Filters (by the active language; None becomes "–"):
    {{ invoice.total|money }}            1 234,50 €          {{ invoice.total|amount }}   1 234,50 (euro in the head)
    {{ difference|signed }}              +824,18 / −192,00   {{ day|day }}                22.11.2026
    {{ moment|daytime }}                 22.11.2026 klo 8.42 {{ moment|clock }}           klo 8.42
    {{ count|number }}                   1 036               {{ hectares|quantity }}      48,30
    {{ share|percent }}                  86,3 % (of 0.863)   {{ day|isodate }}            2026-11-22 for <time datetime>
    {{ row|cell:column }}                the column's value, formatted    {{ url|with_next:request }}

Fields and forms:
    {% error_summary form other_form %}  the red box on top; the page's title gets "Virhe:" by itself
    {% field form.email %}  {% field form.zone width="xs" help="…" label="…" %}  {% field form.kind look="options" %}
    {% field form.q look="filter" %}     inside <form class="filters">      {% fieldpair form.first form.last %}
    {% form_fields form %}               every visible and hidden field one after another, non-field errors in the summary

Small things:
    {% icon "mail" %} {% icon "plus" "s" %} {% icon "close" label="Sulje" %}   {% mark %}
    {% chip "done" "Maksettu" %}         kinds: "" (open ring), info, done, warn, danger, plain; begins with a capital
    {% go url "Kaikki laskut" %}         arrow link     {% copy_button text %}     {% masked %} "Ei näytetä" with a lock
    {% nothing %}                        a grey "–" for an empty cell

Parts with content between the tags:
    {% pagehead "Jäsenet" lede %}<a class="button" href="…">{% icon "plus" "s" %}Lisää jäsen</a>{% endpagehead %}
    {% card "Jäsenyydet" link=url link_text="Lisää" %}…{% endcard %}   {% card "Laskut" flush=True %}<table>…{% endcard %}
    {% notice "warn" "Yksi tieto kaipaa tarkistusta" %}<p>…</p>{% endnotice %}      kinds: "", done, warn, danger
    {% emptystate "people" "Ei vielä jäseniä" "Lisää ensimmäinen jäsen tai tuo luettelo." %}<a class="button">…{% endemptystate %}
    {% dialog "poista" "Poista 3 luonnosta?" %}<p>…</p><form>…{% enddialog %} opened by {% dialog_button "poista" "Poista" url %}
    {% td column %}…{% endtd %}          a table cell with role, class and the phone's data-label

Parts from data (dataclasses of jasenpalvelu.common.parts; dicts with the same keys do as well):
    {% crumbs trail %}                   [(text, url), …]           {% figures items %}     [Figure(label, value, unit, change)]
    {% queue items %}                    [QueueItem(n, title, why, action, url)]
    {% kv rows %} {% kv rows "sum" %}    [(term, value), …]; the last row of "sum" is the total
    {% timeline events %}                [Event(when, text, detail, main)]
    {% stepper steps current "Vaiheet" %}  [Step(text, note)], current = index from 0
    {% tabs items "Jäsenen tiedot" %}    [Tab(text, url, count, current)]
    {% filter_pills pills clear_url %}   [(text, url without it), …]; {% live %} forms swap them with the list
    {% next_page page %} {% next_page page total=count %}   keyset paging (jasenpalvelu.common.keyset)
    {% table_head table %}               thead of jasenpalvelu.common.tables.Table, sortable
    {% chart chart %}                    jasenpalvelu.common.charts.Chart with its table behind
    {% job_panel job url %}              progress panel that refreshes itself while the job is under way
    {% live "#luettelo" %}               htmx attributes for a GET filter form: the list follows as one types

A confirmation is a page of its own: render "office/confirm.html" (or portal/, public/), see templates/ui/confirm.html.
"""

from collections.abc import Iterable
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BaseForm
from django.forms.boundfield import BoundField
from django.forms.formsets import BaseFormSet
from django.http import HttpRequest
from django.template.context import RequestContext
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext as _

from billing.wording import title_text
from jasenpalvelu.common import feedback, keyset, tables
from jasenpalvelu.common.charts import Chart
from jasenpalvelu.web.ui import fields, icons, values

register = template.Library()
CHIPS = {"", "info", "done", "warn", "danger", "plain"}
NOTICE_ICONS = {"": "info", "done": "done", "warn": "warn", "danger": "error"}


# --- numbers and days -----------------------------------------------------------------------------------------------
for _filter in (
    values.amount,
    values.signed,
    values.number,
    values.quantity,
    values.percent,
    values.day,
    values.clock,
    values.daytime,
    values.isodate,
    values.phone,
    values.tel,
    values.filesize,
):
    register.filter(_filter.__name__, _filter)
register.filter("money", values.money_text)


@register.filter
def undo_url(message: Message) -> str:
    return feedback.undo_address(message.extra_tags or "")


@register.filter
def run_title(title: str) -> str:
    return title_text(title)


@register.filter
def with_next(url: str, request: HttpRequest) -> str:
    return f"{url}?{urlencode({'next': request.get_full_path()})}"


@register.filter
def cell(row: Any, column: tables.Column) -> Any:
    return column.render(row)


# --- small things ---------------------------------------------------------------------------------------------------
@register.simple_tag
def icon(name: str, look: str = "", label: str = "") -> SafeString:
    return icons.icon(name, look, label)


@register.simple_tag
def mark() -> SafeString:
    return icons.mark()


@register.simple_tag
def chip(kind: str, text: str) -> SafeString:
    if kind not in CHIPS:
        raise template.TemplateSyntaxError(f"no chip of kind {kind!r}")
    text = str(text)
    return format_html(
        '<span class="chip{}">{}</span>', f" chip--{kind}" if kind else "", text[:1].upper() + text[1:]
    )


@register.simple_tag
def go(url: str, text: str) -> SafeString:
    return format_html('<a class="go" href="{}">{} {}</a>', url, text, icons.icon("arrow", "s"))


@register.simple_tag
def nothing() -> SafeString:
    return format_html('<span class="quiet">{}</span>', values.NOTHING)


@register.simple_tag
def masked() -> SafeString:
    """In place of what a protected person's reader may not see; never a hint of what it was."""
    return format_html('<span class="nowrap">{} {}</span>', icons.icon("lock", "s inline"), _("Not shown"))


@register.simple_tag
def copy_button(text: str, label: str = "") -> SafeString:
    """Copies `text`; hidden where scripts do not run, so the text itself must stand beside it."""
    return format_html(
        '<button class="button button--quiet" type="button" data-copy="{}" data-copied="{}" hidden>{}<span>{}</span></button>',
        text,
        _("Copied"),
        icons.icon("copy", "s"),
        label or _("Copy"),
    )


@register.simple_tag(takes_context=True)
def live(context: RequestContext, target: str) -> SafeString:
    """htmx attributes for a GET filter form: the part `target` of the answer replaces the same part of the page."""
    return format_html(
        'hx-get="{1}" hx-target="{0}" hx-select="{0}" hx-swap="outerHTML" hx-push-url="true"'
        ' hx-trigger="change, submit, input changed delay:350ms from:find input[type=search]"',
        target,
        context["request"].path,
    )


@register.simple_tag(takes_context=True)
def error_prefix(context: RequestContext) -> str:
    """ "Virhe: " before the page's title when any form of the page was refused."""
    values: list[Any] = list(context.flatten().values())
    forms_shown = [value for value in values if isinstance(value, BaseForm | BaseFormSet)]
    return f"{_('Error:')} " if any(form.is_bound and _refused(form) for form in forms_shown) else ""


def _refused(form: BaseForm | BaseFormSet) -> bool:
    return form.total_error_count() > 0 if isinstance(form, BaseFormSet) else bool(form.errors)


# --- forms ----------------------------------------------------------------------------------------------------------
@register.simple_tag
def field(bound: BoundField, **options: Any) -> SafeString:
    return fields.render_field(bound, **options)


@register.simple_tag
def fieldpair(first: BoundField, second: BoundField) -> SafeString:
    return format_html(
        '<div class="fieldpair">{}{}</div>', fields.render_field(first), fields.render_field(second)
    )


@register.simple_tag
def form_fields(form: BaseForm) -> SafeString:
    shown = [fields.render_field(bound) for bound in form.visible_fields()]
    return format_html_join("", "{}", ((html,) for html in [*form.hidden_fields(), *shown]))


@register.inclusion_tag("ui/error_summary.html")
def error_summary(*forms_shown: BaseForm | BaseFormSet, focus: bool = True) -> dict[str, Any]:
    """`focus` moves the reader to the summary when the page opens."""
    found = [error for form in forms_shown if form for error in _errors_of(form)]
    return {"errors": found, "focus": focus}


def _errors_of(form: BaseForm | BaseFormSet) -> Iterable[dict[str, str]]:
    if isinstance(form, BaseFormSet):
        if form.is_bound:
            yield from ({"text": str(text), "target": ""} for text in form.non_form_errors())
            for member in form.forms:
                yield from _errors_of(member)
        return
    for name, errors in form.errors.as_data().items():
        bound = form[name] if name in form.fields else None
        for error in errors:
            for text in map(str, error.messages):
                yield {"text": _named(text, bound), "target": fields.anchor(bound) if bound else ""}


def _named(text: str, bound: BoundField | None) -> str:
    """Away from its field "Fill this in" says nothing, so the field is named; not twice where the text begins with it."""
    label = str(bound.label or "").strip() if bound and not bound.is_hidden else ""
    if not label or text.casefold().startswith(label.casefold()):
        return text
    return f"{label.rstrip('?:')}{'?' if label.endswith('?') else ':'} {text}"


# --- parts around content -------------------------------------------------------------------------------------------
@register.simple_block_tag
def pagehead(content: str, title: str, lede: str = "") -> SafeString:
    return format_html(
        '<header class="pagehead"><div><h1>{}</h1>{}</div>{}</header>',
        title,
        format_html('<p class="lede">{}</p>', lede) if lede else "",
        format_html('<div class="actions">{}</div>', content) if content.strip() else "",
    )


@register.simple_block_tag
def card(
    content: str, title: str = "", *, id: str = "", flush: bool = False, link: str = "", link_text: str = ""
) -> SafeString:
    """A card; with a title it is a section named by it. `flush` for tables and lists that run to the edge."""
    classes = "card card--flush" if flush else "card"
    if not title:
        return format_html('<div class="{}">{}</div>', classes, content)
    heading_id = id or f"k-{slugify(title)}"
    heading = format_html('<h2 id="{}">{}</h2>', heading_id, title)
    if flush or link:
        more = format_html('<a href="{}">{}</a>', link, link_text) if link else ""
        heading = format_html('<div class="sectionhead">{}{}</div>', heading, more)
    return format_html(
        '<section class="{}" aria-labelledby="{}">{}{}</section>', classes, heading_id, heading, content
    )


@register.simple_block_tag
def notice(content: str, kind: str = "", title: str = "") -> SafeString:
    return format_html(
        '<div class="notice{}"{}>{}<div>{}{}</div></div>',
        f" notice--{kind}" if kind else "",
        mark_safe(' role="alert"') if kind == "danger" else "",
        icons.icon(NOTICE_ICONS[kind]),
        format_html("<h2>{}</h2>", title) if title else "",
        content,
    )


@register.simple_block_tag
def emptystate(content: str, name: str, title: str, text: str = "") -> SafeString:
    return format_html(
        '<div class="card empty">{}<h2>{}</h2>{}{}</div>',
        icons.icon(name),
        title,
        format_html("<p>{}</p>", text) if text else "",
        content,
    )


@register.simple_block_tag
def dialog(content: str, id: str, title: str) -> SafeString:
    """A native dialog with its own forms; closed by Escape, by the button with value "cancel" or data-close."""
    return format_html(
        '<dialog class="dialog" id="{0}" aria-labelledby="{0}-otsikko"><h2 id="{0}-otsikko">{1}</h2>{2}</dialog>',
        id,
        title,
        content,
    )


@register.simple_tag
def dialog_button(id: str, text: str, url: str, look: str = "second") -> SafeString:
    """Opens the dialog `id`; without script the link leads to the confirmation page `url`, which asks the same."""
    return format_html('<a class="button button--{}" href="{}" data-dialog="{}">{}</a>', look, url, id, text)


@register.simple_block_tag
def td(content: str, column: tables.Column) -> SafeString:
    return table_cell(column, content)


def table_cell(column: tables.Column, content: Any) -> SafeString:
    css = column.css_class
    return format_html(
        '<td role="cell"{}{}>{}</td>',
        format_html(' class="{}"', css) if css else "",
        format_html(' data-label="{}"', column.phone_label) if column.phone_label else "",
        conditional_escape(content),
    )


# --- parts from data ------------------------------------------------------------------------------------------------
@register.inclusion_tag("ui/crumbs.html")
def crumbs(trail: Iterable[tuple[str, str]]) -> dict[str, Any]:
    return {"trail": trail}


@register.inclusion_tag("ui/crumbs.html")
def way_back(url: str, text: str) -> dict[str, Any]:
    """The one place above, on a page whose view tells no trail."""
    return {"trail": [(text, url)]}


@register.inclusion_tag("ui/figures.html")
def figures(items: Iterable[Any]) -> dict[str, Any]:
    return {"items": items}


@register.inclusion_tag("ui/queue.html")
def queue(items: Iterable[Any]) -> dict[str, Any]:
    return {"items": items}


@register.inclusion_tag("ui/kv.html")
def kv(rows: Iterable[tuple[str, Any]], look: str = "narrow") -> dict[str, Any]:
    return {"rows": list(rows), "look": look}


@register.inclusion_tag("ui/timeline.html")
def timeline(events: Iterable[Any]) -> dict[str, Any]:
    return {"events": events}


@register.inclusion_tag("ui/stepper.html")
def stepper(steps: Iterable[Any], current: int, label: str) -> dict[str, Any]:
    return {"steps": steps, "current": current, "label": label}


@register.inclusion_tag("ui/tabs.html")
def tabs(items: Iterable[Any], label: str) -> dict[str, Any]:
    return {"items": items, "label": label}


@register.inclusion_tag("ui/filter_pills.html")
def filter_pills(pills: Iterable[tuple[str, str]], clear_url: str = "?") -> dict[str, Any]:
    return {"pills": list(pills), "clear_url": clear_url}


@register.inclusion_tag("ui/pager.html", takes_context=True)
def next_page(context: RequestContext, page: keyset.Page[Any], total: int | None = None) -> dict[str, Any]:
    """The page's length and the ways on and back. The links keep the filters; `total` where it is known cheaply."""
    links = {}
    for name, parameter in (("next", keyset.AFTER), ("previous", keyset.BEFORE)):
        query = context["request"].GET.copy()
        for key in (keyset.AFTER, keyset.BEFORE):
            query.pop(key, None)
        cursor = getattr(page, name)
        if cursor:
            query[parameter] = cursor
        links[name] = f"?{query.urlencode()}" if cursor else ""
    return {"shown": len(page.rows), "total": total, "links": links}


@register.inclusion_tag("ui/table_head.html")
def table_head(table: tables.Table) -> dict[str, Any]:
    return {"columns": table.head, "ticks": table.ticks}


@register.inclusion_tag("ui/chart.html")
def chart(drawn: Chart) -> dict[str, Any]:
    return {"chart": drawn}


@register.inclusion_tag("ui/job_panel.html")
def job_panel(job: Any, url: str = "") -> dict[str, Any]:
    """`url` answers with this same panel; asked every two seconds while the job is queued or running."""
    return {"job": job, "url": url, "alive": str(job.state) in {"queued", "running"}}
