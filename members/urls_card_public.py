"""Addresses of a card's public page, of the published keys and of the script that keeps a card for use without a connection.

The page in capitals as well, as QR codes write it: that takes half the room.
"""

from django.urls import path

from members.views import portal_card as own
from members.views import public_card as card

urlpatterns = [
    path("kortti/avaimet/", card.keys, name="card_keys"),
    path("kortti/tyontekija/", own.worker, name="card_worker"),
    path("kortti/<str:text>/", card.check, name="card_check"),
    path("KORTTI/<str:text>/", card.check, name="card_scanned"),
]
