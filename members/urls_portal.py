"""Addresses of a member's own acts, under /oma/."""

from django.urls import path

from members.views import portal_details as details
from members.views import portal_leaving as leaving

urlpatterns = [
    path("tiedot/muuta/", details.edit, name="details_edit"),
    path("jasenyys/<int:pk>/eroa/", leaving.resign, name="resign"),
    path("jasenyys/<int:pk>/ero/", leaving.resigned, name="resigned"),
    path("jasenyys/<int:pk>/ero/kuitti/", leaving.receipt, name="resign_receipt"),
    path("jasenyys/<int:pk>/ero/peru/", leaving.withdraw, name="resign_withdraw"),
]
