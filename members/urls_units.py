"""Addresses of the units, under /toimisto/yhdistykset/."""

from django.urls import include, path

from members.views import office_cards as cards
from members.views import office_roll as roll
from members.views import office_units as views
from members.views import office_units_billing as billing

urlpatterns = [
    path("", views.units, name="units"),
    path("", include("members.urls_changes")),
    path("<int:pk>/", views.unit, name="unit"),
    path("<int:pk>/muokkaa/", views.edit, name="unit_edit"),
    path("<int:pk>/laskutustiedot/", billing.billing, name="unit_billing"),
    path("<int:pk>/saannot/", views.rules, name="unit_rules"),
    path("<int:pk>/historia/", views.history, name="unit_history"),
    path("<int:pk>/tunnus/", views.logo, name="unit_logo"),
    path("<int:pk>/jasenluettelo/", roll.roll, name="member_roll"),
    path("<int:pk>/jasenluettelo/pdf/", roll.roll_pdf, name="member_roll_pdf"),
    path("<int:pk>/jasenkortit/", cards.order, name="card_order"),
    path("<int:pk>/jasenyystyypit/", views.types, name="membership_types"),
    path("<int:pk>/jasenyystyypit/uusi/", views.type_new, name="membership_type_new"),
    path("<int:pk>/jasenyystyypit/<int:type_pk>/", views.type_edit, name="membership_type"),
]
