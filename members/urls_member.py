"""Addresses of one member's pages and of the applications, under /toimisto/."""

from django.urls import path

from members.views import office_applications as applications
from members.views import office_cards as cards
from members.views import office_edit as edit
from members.views import office_ending as ending
from members.views import office_holding as holding
from members.views import office_household as household
from members.views import office_member as member
from members.views import office_membership as membership
from members.views import office_merging as merging

urlpatterns = [
    path("jasenet/uusi/", edit.add, name="member_add"),
    path("jasenet/<int:pk>/", member.member, name="member"),
    path("jasenet/<int:pk>/muokkaa/", edit.edit, name="member_edit"),
    path("jasenet/<int:pk>/historia/", member.history, name="member_history"),
    path("jasenet/<int:pk>/katselut/", member.access, name="member_access"),
    path("jasenet/<int:pk>/turvakielto/", member.unmask, name="member_unmask"),
    path("jasenet/<int:pk>/turvakielto/muuta/", member.protection, name="member_protection"),
    path("jasenet/<int:pk>/perhe/uusi/", holding.link_add, name="member_link_add"),
    path("jasenet/<int:pk>/perhe/<int:link_pk>/paata/", holding.link_end, name="member_link_end"),
    path("jasenet/<int:pk>/perhe/", household.household, name="household"),
    path("jasenet/<int:pk>/perhe/maksaja/", household.payer, name="household_payer"),
    path("jasenet/<int:pk>/alat/<int:areas_pk>/erota/", household.part_areas, name="areas_part"),
    path("jasenet/<int:pk>/tilat/<int:holding_pk>/alat/", household.join_areas, name="areas_join"),
    path("jasenet/<int:pk>/tilat/uusi/", holding.add, name="holding_add"),
    path("jasenet/<int:pk>/tilat/<int:holding_pk>/", holding.edit, name="holding_edit"),
    path("jasenet/<int:pk>/jasenyydet/uusi/", membership.add, name="membership_add"),
    path("jasenet/<int:pk>/jasenyydet/<int:membership_pk>/", membership.change, name="membership"),
    path("jasenet/<int:pk>/jasenyydet/<int:membership_pk>/paata/", ending.end, name="membership_end"),
    path("jasenet/<int:pk>/jasenyydet/<int:membership_pk>/kortti/", cards.card, name="membership_card"),
    path(
        "jasenet/<int:pk>/jasenyydet/<int:membership_pk>/palauta/",
        ending.reinstate,
        name="membership_reinstate",
    ),
    path("jasenet/<int:pk>/yhdista/", merging.choose, name="member_join"),
    path("jasenet/<int:pk>/yhdista/<int:other_pk>/", merging.merge, name="member_merge"),
    path("jasenet/<int:pk>/erota/<int:merge_pk>/", merging.part, name="member_part"),
    path("jasenet/<int:pk>/kumoa/<uuid:mutation_id>/", ending.undo, name="member_undo"),
    path("hakemukset/", applications.applications, name="applications"),
    path("hakemukset/kumoa/<uuid:mutation_id>/", applications.undo, name="applications_undo"),
]
