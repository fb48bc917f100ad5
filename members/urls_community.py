"""Addresses of skills, interests and groups: the office's under /toimisto/yhteiso/, `own` under /oma/yhteiso/."""

from django.urls import path

from members.views import office_community as office
from members.views import office_groups as groups
from members.views import portal_community as portal

urlpatterns = [
    path("", office.index, name="community"),
    path("sanat/uusi/", office.term_new, name="community_term_new"),
    path("sanat/<int:pk>/", office.term, name="community_term"),
    path("sanat/<int:pk>/muokkaa/", office.term_edit, name="community_term_edit"),
    path("ryhmat/uusi/", groups.new, name="community_group_new"),
    path("ryhmat/<int:pk>/", groups.group, name="community_group"),
    path("ryhmat/<int:pk>/muokkaa/", groups.edit, name="community_group_edit"),
    path("ryhmat/<int:pk>/paata/", groups.end, name="community_group_end"),
    path("paikat/<int:pk>/hyvaksy/", groups.accept, name="community_place_accept"),
    path("paikat/<int:pk>/poista/", groups.remove, name="community_place_remove"),
]
own = [
    path("", portal.own, name="community"),
    path("ryhmat/<int:pk>/liity/", portal.join, name="community_join"),
    path("ryhmat/<int:pk>/eroa/", portal.leave, name="community_leave"),
    path("paikat/<int:pk>/hyvaksy/", portal.accept, name="community_accept"),
    path("paikat/<int:pk>/poista/", portal.remove, name="community_remove"),
]
