"""`{% load communications %}{% messages_tabs %}`: the parts of communications, on each of its office pages."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from communications.sections import tabs

register = template.Library()


@register.inclusion_tag("ui/tabs.html", takes_context=True)
def messages_tabs(context: dict[str, Any]) -> dict[str, Any]:
    request = context["request"]
    return {"items": tabs(request.scope, request.path), "label": _("Parts of communications")}
