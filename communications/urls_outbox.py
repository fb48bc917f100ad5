"""Addresses: `urlpatterns` under /toimisto/viestinta/, `own` under /oma/, `public` from the root."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
own: list[URLPattern] = []
public: list[URLPattern] = []
