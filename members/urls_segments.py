"""Addresses of the segments, under /toimisto/ryhmat/."""

from django.urls import path

from members.views import office_segments as views

urlpatterns = [
    path("", views.segments, name="segments"),
    path("uusi/", views.build, name="segment_new"),
    path("<int:pk>/", views.segment, name="segment"),
    path("<int:pk>/muokkaa/", views.build, name="segment_edit"),
    path("<int:pk>/luku/", views.number, name="segment_number"),
    path("<int:pk>/miksi/", views.why, name="segment_why"),
    path("<int:pk>/versiot/", views.versions, name="segment_versions"),
    path("<int:pk>/poista/", views.remove, name="segment_remove"),
    path("<int:pk>/palauta/", views.restore, name="segment_restore"),
]
