"""Addresses of the payments' pages, under /toimisto/laskutus/."""

from django.urls import path

from billing.views import office_matching as matching
from billing.views import office_payments as views

urlpatterns = [
    path("suoritukset/", views.payments, name="payments"),
    path("suoritukset/<int:pk>/", views.payment_file, name="payment_file"),
    path("suoritukset/uusi/", views.manual, name="payment_new"),
    path("suoritukset/<int:pk>/kumoa/", matching.unmatch, name="unmatch"),
    path("kohdistus/", matching.match, name="matching"),
]
