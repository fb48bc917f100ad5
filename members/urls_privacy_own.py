"""Addresses of one's own data, under /oma/tietosuoja/."""

from django.urls import path

from members.views import portal_consents as consents
from members.views import portal_privacy as privacy

urlpatterns = [
    path("", privacy.privacy, name="privacy"),
    path("suostumukset/", consents.choices, name="consents"),
    path("kopio/", privacy.copy, name="privacy_copy"),
    path("kopio/<uuid:job_id>/", privacy.file, name="privacy_file"),
    path("pyynto/<str:kind>/", privacy.ask, name="privacy_ask"),
    path("pyynto/<int:pk>/peru/", privacy.withdraw, name="privacy_withdraw"),
]
