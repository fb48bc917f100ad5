"""Addresses of the associations' privacy notices."""

from django.urls import path

from members.views import public_privacy as privacy

urlpatterns = [
    path("<slug:slug>/", privacy.notice, name="notice"),
    path("<slug:slug>/pdf/", privacy.notice_pdf, name="notice_pdf"),
]
