"""Addresses of announcements, materials and benefits: `urlpatterns` under /toimisto/viestinta/, `own` under /oma/, `public` from
the root."""

from django.urls import URLPattern, path

from communications.views import office_announcements as announcements
from communications.views import office_benefits as benefits
from communications.views import office_materials as materials
from communications.views import office_partners as partners
from communications.views import (
    partner_pages,
    portal_announcements,
    portal_benefits,
    portal_materials,
    public_announcements,
)

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
    path("edut/", benefits.index, name="benefits"),
    path("edut/uusi/", benefits.new, name="benefit_new"),
    path("edut/<int:pk>/", benefits.benefit, name="benefit"),
    path("edut/<int:pk>/muokkaa/", benefits.edit, name="benefit_edit"),
    path("edut/<int:pk>/julkaise/", benefits.publish, name="benefit_publish"),
    path("edut/<int:pk>/peru/", benefits.take_back, name="benefit_take_back"),
    path("edut/ehdotukset/", benefits.proposals, name="benefit_proposals"),
    path("edut/ehdotukset/<int:pk>/", benefits.proposal, name="benefit_proposal"),
    path("edut/kumppanit/", partners.index, name="partners"),
    path("edut/kumppanit/uusi/", partners.new, name="partner_new"),
    path("edut/kumppanit/<int:pk>/", partners.partner, name="partner"),
    path("edut/kumppanit/<int:pk>/muokkaa/", partners.edit, name="partner_edit"),
    path("edut/kumppanit/<int:pk>/paata/", partners.end, name="partner_end"),
    path("edut/kirjautuja/<int:pk>/poista/", partners.login_end, name="partner_login_end"),
]
own: list[URLPattern] = [
    path("tiedotteet/", portal_announcements.index, name="announcements"),
    path("tiedotteet/<int:pk>/", portal_announcements.announcement, name="announcement"),
    path("tiedotteet/<int:pk>/kuva/", portal_announcements.picture, name="announcement_picture"),
    path("tiedotteet/<int:pk>/luettu/", portal_announcements.read, name="announcement_read"),
    path("materiaalit/", portal_materials.index, name="materials"),
    path("materiaalit/<int:pk>/", portal_materials.material, name="material"),
    path("materiaalit/<int:pk>/lataa/", portal_materials.download, name="material_download"),
    path("edut/", portal_benefits.index, name="benefits"),
    path("edut/<int:pk>/", portal_benefits.benefit, name="benefit"),
    path("edut/<int:pk>/koodi/", portal_benefits.code, name="benefit_code"),
    path("edut/kumppani/<int:pk>/", portal_benefits.partner, name="partner"),
]
public: list[URLPattern] = [
    path("tiedotteet/", public_announcements.index, name="announcements"),
    path("tiedotteet/<slug:slug>/", public_announcements.unit, name="announcements_unit"),
    path("tiedotteet/<slug:slug>/<int:pk>/", public_announcements.announcement, name="announcement"),
    path("tiedotteet/<slug:slug>/<int:pk>/kuva/", public_announcements.picture, name="announcement_picture"),
    path("materiaalit/<int:pk>/", portal_materials.public, name="material"),
    path("materiaalit/<int:pk>/lataa/", portal_materials.public_download, name="material_download"),
    path("edut/tarkista/", partner_pages.check, name="benefit_check"),
    path("edut/kumppani/", partner_pages.home, name="partner_home"),
    path("edut/kumppani/<int:pk>/", partner_pages.texts, name="partner_texts"),
    path("edut/kumppani/<int:pk>/uusi/", partner_pages.benefit, name="partner_benefit_new"),
    path("edut/kumppani/<int:pk>/<int:benefit_pk>/", partner_pages.benefit, name="partner_benefit"),
    path("edut/kutsu/<str:token>/", partner_pages.invitation, name="partner_invitation"),
]
