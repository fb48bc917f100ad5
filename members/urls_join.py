"""Addresses of the public join forms, under /liity/."""

from django.urls import path

from members.views import join

urlpatterns = [
    path("", join.index, name="join_index"),
    path("vahvista/<str:token>/", join.confirm, name="join_confirm"),
    path("<slug:slug>/", join.form, name="join"),
    path("<slug:slug>/lahetetty/", join.sent, name="join_sent"),
    path("<slug:slug>/tietosuoja/", join.privacy, name="join_privacy"),
]
