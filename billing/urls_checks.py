"""Addresses of data checks: `public` under /tarkista/, `own` under /oma/tarkistus/, the office's under /toimisto/laskutus/."""

from django.urls import path

from billing.views import office_checks as office
from billing.views import office_proposals as deciding
from billing.views import public_check as views

public = [
    path("", views.code, name="check_code"),
    path("<str:token>/", views.check, name="check"),
    path("<str:token>/avattu/", views.opened, name="check_opened"),
]
own = [
    path("<int:pk>/", views.own, name="check"),
    path("<int:pk>/avattu/", views.own_opened, name="check_opened"),
]
urlpatterns = [
    path("tarkistukset/", office.round_list, name="check_rounds"),
    path("tarkistukset/uusi/", office.new, name="check_new"),
    path("tarkistukset/ehdotukset/", deciding.proposals, name="proposals"),
    path("tarkistukset/ehdotukset/<int:pk>/hyvaksy/", deciding.accept, name="proposal_accept"),
    path("tarkistukset/ehdotukset/<int:pk>/hylkaa/", deciding.refuse, name="proposal_refuse"),
    path("tarkistukset/ehdotukset/<int:pk>/katso/", deciding.look, name="proposal_look"),
    path("tarkistukset/<int:pk>/", office.round, name="check_round"),
    path("tarkistukset/<int:pk>/muistuta/", office.remind, name="check_remind"),
    path("tarkistukset/<int:pk>/kirjeet/", office.letters, name="check_letters"),
    path("tarkistukset/<int:pk>/paata/", office.close, name="check_close"),
    path("tarkistukset/<int:pk>/avaa/", office.open_again, name="check_open"),
    path("tarkistukset/<int:pk>/<int:check_pk>/mitatoi/", office.revoke, name="check_revoke"),
]
