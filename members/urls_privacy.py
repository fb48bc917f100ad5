"""Addresses of data protection: the register of requests, and one member's data, under /toimisto/."""

from django.urls import path

from members.views import office_member_privacy as member
from members.views import office_privacy as privacy

urlpatterns = [
    path("tietosuoja/", privacy.index, name="privacy"),
    path("tietosuoja/pyynto/<int:pk>/", privacy.detail, name="privacy_request"),
    path("tietosuoja/pyynto/<int:pk>/lisaaika/", privacy.extend, name="privacy_extend"),
    path("tietosuoja/pyynto/<int:pk>/avaa/", privacy.reopen, name="privacy_reopen"),
    path("tietosuoja/poisto/<int:pk>/", privacy.erasure, name="erasure"),
    path("jasenet/<int:pk>/tietosuoja/", member.privacy, name="member_privacy"),
    path("jasenet/<int:pk>/tietosuoja/kopio/", member.copy, name="member_copy"),
    path("jasenet/<int:pk>/tietosuoja/pyynto/", member.ask, name="member_ask"),
    path("jasenet/<int:pk>/tietosuoja/poista/", member.erase, name="member_erase"),
]
