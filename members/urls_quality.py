"""Addresses of data quality, under /toimisto/laatu/."""

from django.urls import path

from members.views import office_quality as views

urlpatterns = [
    path("", views.issues, name="quality"),
    path("<int:pk>/kunnossa/", views.dismiss, name="quality_dismiss"),
    path("<int:pk>/uudelleen/", views.recheck, name="quality_recheck"),
    path("sanottu/<int:pk>/peru/", views.reopen, name="quality_reopen"),
]
