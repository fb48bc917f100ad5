"""Addresses of the meetings that decide on members, and of what they decide on, under /toimisto/."""

from django.urls import path

from members.views import office_expelling as expelling
from members.views import office_held as held
from members.views import office_meetings as meetings
from members.views import office_transfer as transfer

MEMBERSHIP = "jasenet/<int:pk>/jasenyydet/<int:membership_pk>"

urlpatterns = [
    path("kokous/", meetings.index, name="meetings"),
    path("kokous/<int:unit_pk>/", meetings.meeting, name="meeting"),
    path("kokous/<int:unit_pk>/pidetyt/", held.meetings, name="meetings_held"),
    path("kokous/pidetty/<int:pk>/", held.held, name="meeting_held"),
    path("kokous/pidetty/<int:pk>/ote/<str:kieli>/", held.extract, name="meeting_extract"),
    path("kokous/pidetty/<int:pk>/kirjeet/", held.welcome, name="meeting_letters"),
    path("kokous/pidetty/<int:pk>/kumoa/", meetings.undo, name="meeting_undo"),
    path(f"{MEMBERSHIP}/erottaminen/", expelling.expulsion, name="expulsion"),
    path(f"{MEMBERSHIP}/erottaminen/raukea/", expelling.drop, name="expulsion_drop"),
    path(f"{MEMBERSHIP}/erottaminen/jatka/", expelling.again, name="expulsion_again"),
    path(f"{MEMBERSHIP}/siirto/", transfer.transfer, name="transfer"),
]
