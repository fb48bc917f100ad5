"""Addresses of a member's own cards and of the list of members, under /oma/."""

from django.urls import path

from members.views import portal_card as card
from members.views import portal_roll as roll

urlpatterns = [
    path("kortti/", card.cards, name="card"),
    path("kortti/<int:membership_pk>/pdf/", card.card_pdf, name="card_pdf"),
    path("jasenluettelo/<int:unit_pk>/", roll.roll, name="member_roll"),
]
