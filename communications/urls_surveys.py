"""Addresses: `urlpatterns` under /toimisto/viestinta/, `own` under /oma/, `public` from the root."""

from django.urls import URLPattern, path

from communications.views import office_survey_acts as acts
from communications.views import office_survey_editing as editing
from communications.views import office_survey_results as results
from communications.views import office_survey_rounds as rounds
from communications.views import office_surveys as office
from communications.views import office_unit_surveys as asked
from communications.views import portal_surveys as portal
from communications.views import public_surveys as people

urlpatterns: list[URLPattern] = [
    path("kyselyt/", office.index, name="surveys"),
    path("kyselyt/pika/", office.quick, name="survey_quick"),
    path("kyselyt/uusi/", office.new, name="survey_new"),
    path("kyselyt/vastattavat/", asked.index, name="surveys_asked"),
    path("kyselyt/vastattavat/<int:pk>/", asked.answer, name="survey_for_unit"),
    path("kyselyt/<int:pk>/", office.survey, name="survey"),
    path("kyselyt/<int:pk>/asetukset/", office.settings, name="survey_settings"),
    path("kyselyt/<int:pk>/esikatselu/", editing.preview, name="survey_preview"),
    path("kyselyt/<int:pk>/kysymykset/", editing.index, name="survey_questions"),
    path("kyselyt/<int:pk>/kysymykset/uusi/", editing.new, name="survey_question_new"),
    path("kyselyt/<int:pk>/kysymykset/<slug:key>/", editing.edit, name="survey_question"),
    path("kyselyt/<int:pk>/kysymykset/<slug:key>/tee/", editing.act, name="survey_question_act"),
    path("kyselyt/<int:pk>/sivut/<int:number>/", editing.title, name="survey_page_title"),
    path("kyselyt/<int:pk>/avaa/", acts.open_survey, name="survey_open"),
    path("kyselyt/<int:pk>/muistuta/", acts.remind, name="survey_remind"),
    path("kyselyt/<int:pk>/sulje/", acts.close, name="survey_close"),
    path("kyselyt/<int:pk>/avaa-uudelleen/", acts.reopen, name="survey_reopen"),
    path("kyselyt/<int:pk>/arkistoi/", acts.archive, name="survey_archive"),
    path("kyselyt/<int:pk>/palauta/", acts.bring_back, name="survey_bring_back"),
    path("kyselyt/<int:pk>/kopioi/", acts.copy, name="survey_copy"),
    path("kyselyt/<int:pk>/poista/", acts.delete, name="survey_delete"),
    path("kyselyt/<int:pk>/kutsutut/", acts.invited, name="survey_invited"),
    path("kyselyt/<int:pk>/lahetykset/<int:round_pk>/keskeyta/", rounds.pause, name="survey_round_pause"),
    path("kyselyt/<int:pk>/lahetykset/<int:round_pk>/jatka/", rounds.resume, name="survey_round_resume"),
    path("kyselyt/<int:pk>/lahetykset/<int:round_pk>/peru/", rounds.cancel, name="survey_round_cancel"),
    path("kyselyt/<int:pk>/lahetykset/<int:round_pk>/uudelleen/", rounds.retry, name="survey_round_retry"),
    path("kyselyt/<int:pk>/vie/", acts.export, name="survey_export"),
    path("kyselyt/<int:pk>/tulokset/", results.index, name="survey_results"),
    path("kyselyt/<int:pk>/tulokset/ristiin/", results.cross, name="survey_cross"),
    path("kyselyt/<int:pk>/vastaukset/", results.answers, name="survey_answers"),
    path("kyselyt/<int:pk>/vastaukset/<int:answer_pk>/", results.answer, name="survey_answer"),
]
own: list[URLPattern] = [
    path("kyselyt/", portal.index, name="surveys"),
    path("kyselyt/<int:pk>/", portal.answer, name="own_survey"),
    path("kyselyt/<int:pk>/tulokset/", portal.results, name="own_survey_results"),
]
public: list[URLPattern] = [
    path("kysely/avoin/<uuid:code>/", people.by_link, name="survey_open"),
    path("kysely/avoin/<uuid:code>/tulokset/", people.open_results, name="survey_open_results"),
    path("kysely/<str:token>/", people.by_token, name="survey"),
    path("kysely/<str:token>/tulokset/", people.results, name="survey_results"),
]
