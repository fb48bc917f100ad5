"""Addresses of data protection: the register of requests, and one member's data, under /toimisto/."""

from django.urls import path

from members.views import office_answers as answers
from members.views import office_consent_texts as texts
from members.views import office_consents as consents
from members.views import office_marks as marks
from members.views import office_member_privacy as member
from members.views import office_outsiders as outsiders
from members.views import office_privacy as privacy
from members.views import office_retention as retention

urlpatterns = [
    path("tietosuoja/", privacy.index, name="privacy"),
    path("tietosuoja/pyynto/<int:pk>/", privacy.detail, name="privacy_request"),
    path("tietosuoja/pyynto/<int:pk>/lisaaika/", privacy.extend, name="privacy_extend"),
    path("tietosuoja/pyynto/<int:pk>/avaa/", privacy.reopen, name="privacy_reopen"),
    path("tietosuoja/pyynto/<int:pk>/kirje.pdf", answers.letter, name="privacy_letter"),
    path("tietosuoja/pyynto/<int:pk>/kerrottu/<slug:how>/", answers.tell, name="privacy_tell"),
    path("tietosuoja/pyynto/<int:pk>/kertomatta/", answers.untell, name="privacy_untell"),
    path("tietosuoja/poisto/<int:pk>/", privacy.erasure, name="erasure"),
    path("tietosuoja/muut/", outsiders.others, name="privacy_others"),
    path("tietosuoja/sailytys/", retention.index, name="retention"),
    path("tietosuoja/sailytys/<slug:kind>/aika/", retention.months, name="retention_months"),
    path("tietosuoja/sailytys/<slug:kind>/ehdota/", retention.propose, name="retention_propose"),
    path("tietosuoja/poistoajo/<int:pk>/", retention.run, name="retention_run"),
    path("tietosuoja/poistoajo/<int:pk>/hyvaksy/", retention.approve, name="retention_approve"),
    path("tietosuoja/poistoajo/<int:pk>/peru/", retention.cancel, name="retention_cancel"),
    path("tietosuoja/poistoajo/<int:pk>/saasta/<int:item_pk>/", retention.spare, name="retention_spare"),
    path("tietosuoja/poistoajo/<int:pk>/palauta/<int:item_pk>/", retention.unspare, name="retention_unspare"),
    path("tietosuoja/suostumukset/", texts.index, name="consent_texts"),
    path("tietosuoja/suostumukset/<slug:kind>/", texts.purpose, name="consent_purpose"),
    path("tietosuoja/suostumukset/<slug:kind>/uusi/", texts.write, name="consent_write"),
    path("tietosuoja/suostumusteksti/<int:pk>/peru/", texts.take_back, name="consent_take_back"),
    path("jasenet/<int:pk>/tietosuoja/suostumus/<int:unit_pk>/", consents.tell, name="member_consent"),
    path("jasenet/<int:pk>/tietosuoja/merkinta/", marks.add, name="member_mark"),
    path("jasenet/<int:pk>/tietosuoja/merkinta/<int:mark_pk>/", marks.end, name="member_mark_end"),
    path("jasenet/<int:pk>/tietosuoja/", member.privacy, name="member_privacy"),
    path("jasenet/<int:pk>/tietosuoja/kopio/", member.copy, name="member_copy"),
    path("jasenet/<int:pk>/tietosuoja/kopio/<uuid:job_id>/", member.copy_file, name="member_copy_file"),
    path("jasenet/<int:pk>/tietosuoja/pyynto/", member.ask, name="member_ask"),
    path("jasenet/<int:pk>/tietosuoja/poista/", member.erase, name="member_erase"),
]
