"""Addresses of the member list, under /toimisto/."""

from django.urls import path

from members.views import office_list as views

urlpatterns = [
    path("jasenet/", views.members, name="members"),
    path("jasenet/luvut/", views.counts, name="members_counts"),
    path("jasenet/nakyma/", views.save_view, name="members_view"),
    path("jasenet/nakyma/<int:pk>/poista/", views.forget_view, name="members_view_forget"),
    path("jasenet/sarakkeet/", views.columns, name="members_columns"),
    path("jasenet/vienti/", views.export, name="members_export"),
]
