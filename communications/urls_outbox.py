"""Addresses: `urlpatterns` under /toimisto/viestinta/, `own` under /oma/, `public` from the root."""

from django.urls import URLPattern, path

from communications.views import portal_wishes, public_wishes

urlpatterns: list[URLPattern] = []
own: list[URLPattern] = [
    path("viestit/toiveet/", portal_wishes.choose, name="letter_wishes"),
]
public: list[URLPattern] = [
    path("kirjeet/peru/<str:token>/", public_wishes.unsubscribe, name="unsubscribe"),
    # A mail program must not be sent to another address, not even by a forgotten slash.
    path("kirjeet/peru/<str:token>", public_wishes.unsubscribe, name="unsubscribe_bare"),
    path("kirjeet/toiveet/<str:token>/", public_wishes.choose, name="letter_wishes"),
]
