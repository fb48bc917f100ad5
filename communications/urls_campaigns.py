"""Addresses of campaigns: `urlpatterns` under /toimisto/viestinta/, `own` under /oma/, `public` from the root."""

from django.urls import URLPattern, path

from communications.views import office_calls as calls
from communications.views import office_campaigns as office
from communications.views import portal_campaigns as portal

urlpatterns: list[URLPattern] = [
    path("kampanjat/", office.index, name="campaigns"),
    path("kampanjat/uusi/", office.new, name="campaign_new"),
    path("kampanjat/<int:pk>/", office.campaign, name="campaign"),
    path("kampanjat/<int:pk>/muokkaa/", office.edit, name="campaign_edit"),
    path("kampanjat/<int:pk>/paata/", office.close, name="campaign_close"),
    path("kampanjat/<int:pk>/jatka/", office.reopen, name="campaign_reopen"),
    path("kampanjat/<int:pk>/soitot/", calls.calls, name="campaign_calls"),
    path("kampanjat/<int:pk>/soitot/tee/", calls.make, name="campaign_calls_make"),
    path("kampanjat/soitto/<int:pk>/", calls.call, name="campaign_call"),
    path("kampanjat/osa/<int:pk>/poista/", office.step_remove, name="campaign_step_remove"),
]
own: list[URLPattern] = [path("kutsu/", portal.invite, name="invite")]
public: list[URLPattern] = []
