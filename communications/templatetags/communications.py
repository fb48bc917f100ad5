"""`{% load communications %}{% messages_tabs %}`: the parts of communications, on each of its office pages."""

from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.sections import tabs

register = template.Library()
_TROUBLE = {
    "dns": gettext_lazy("there is no such server"),
    "refused": gettext_lazy("the server does not answer"),
    "timeout": gettext_lazy("the server did not answer in time"),
    "tls": gettext_lazy("the certificate of the server is not in order"),
    "loop": gettext_lazy("it leads round in a circle"),
    "scheme": gettext_lazy("it leads to an address that is not of the web"),
    "404": gettext_lazy("there is no such page"),
    "410": gettext_lazy("the page has been removed"),
}


@register.filter
def link_trouble(code: str) -> str:
    """Why a link of a letter does not open: `code` as `letters.fetching` tells it."""
    if not code or code in _TROUBLE:
        return str(_TROUBLE.get(code, ""))
    return _("the server answers with the code %(code)s") % {"code": code} if code.isdigit() else code


@register.inclusion_tag("ui/tabs.html", takes_context=True)
def messages_tabs(context: dict[str, Any]) -> dict[str, Any]:
    request = context["request"]
    return {"items": tabs(request.scope, request.path), "label": _("Parts of communications")}
