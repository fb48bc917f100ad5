"""Addresses of announcements, materials and benefits: `urlpatterns` under /toimisto/viestinta/, `own` under /oma/, `public` from
the root."""

from django.urls import URLPattern, path

from communications.views import office_announcements as announcements
from communications.views import office_materials as materials
from communications.views import portal_announcements, portal_materials, public_announcements

urlpatterns: list[URLPattern] = [
    path("tiedotteet/", announcements.index, name="announcements"),
    path("tiedotteet/uusi/", announcements.new, name="announcement_new"),
    path("tiedotteet/<int:pk>/", announcements.announcement, name="announcement"),
    path("tiedotteet/<int:pk>/muokkaa/", announcements.edit, name="announcement_edit"),
    path("tiedotteet/<int:pk>/kuva/", announcements.picture, name="announcement_picture"),
    path("tiedotteet/<int:pk>/julkaise/", announcements.publish, name="announcement_publish"),
    path("tiedotteet/<int:pk>/peru/", announcements.take_back, name="announcement_take_back"),
    path("tiedotteet/<int:pk>/poista/", announcements.delete, name="announcement_delete"),
    path("materiaalit/", materials.index, name="materials"),
    path("materiaalit/uusi/", materials.new, name="material_new"),
    path("materiaalit/<int:pk>/", materials.material, name="material"),
    path("materiaalit/<int:pk>/muokkaa/", materials.edit, name="material_edit"),
    path("materiaalit/<int:pk>/versiot/<int:number>/", materials.version, name="material_version"),
    path("materiaalit/<int:pk>/poista/", materials.remove, name="material_remove"),
    path("materiaalit/<int:pk>/palauta/", materials.bring_back, name="material_bring_back"),
]
own: list[URLPattern] = [
    path("tiedotteet/", portal_announcements.index, name="announcements"),
    path("tiedotteet/<int:pk>/", portal_announcements.announcement, name="announcement"),
    path("tiedotteet/<int:pk>/kuva/", portal_announcements.picture, name="announcement_picture"),
    path("tiedotteet/<int:pk>/luettu/", portal_announcements.read, name="announcement_read"),
    path("materiaalit/", portal_materials.index, name="materials"),
    path("materiaalit/<int:pk>/", portal_materials.material, name="material"),
    path("materiaalit/<int:pk>/lataa/", portal_materials.download, name="material_download"),
]
public: list[URLPattern] = [
    path("tiedotteet/", public_announcements.index, name="announcements"),
    path("tiedotteet/<slug:slug>/", public_announcements.unit, name="announcements_unit"),
    path("tiedotteet/<slug:slug>/<int:pk>/", public_announcements.announcement, name="announcement"),
    path("tiedotteet/<slug:slug>/<int:pk>/kuva/", public_announcements.picture, name="announcement_picture"),
    path("materiaalit/<int:pk>/", portal_materials.public, name="material"),
    path("materiaalit/<int:pk>/lataa/", portal_materials.public_download, name="material_download"),
]
