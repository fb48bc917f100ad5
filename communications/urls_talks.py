"""Addresses of conversations and of the contact log: `urlpatterns` under /toimisto/viestinta/, `own` under /oma/, `public` from the root."""

from django.urls import URLPattern, path

from communications.views import office_contact_log as log
from communications.views import office_talk_new as first
from communications.views import office_talk_settings as settings
from communications.views import office_talks as office
from communications.views import portal_talks as portal

urlpatterns: list[URLPattern] = [
    path("kysymykset/", office.talks, name="talks"),
    path("kysymykset/asetukset/", settings.own_desk, name="talk_own_desk"),
    path("kysymykset/asetukset/<int:pk>/", settings.desk, name="talk_desk"),
    path("kysymykset/asetukset/<int:pk>/aiheet/uusi/", settings.topic, name="talk_topic_new"),
    path("kysymykset/asetukset/<int:pk>/aiheet/<int:topic_pk>/", settings.topic, name="talk_topic"),
    path("kysymykset/asetukset/<int:pk>/vastaukset/uusi/", settings.canned, name="canned_new"),
    path("kysymykset/asetukset/<int:pk>/vastaukset/<int:canned_pk>/", settings.canned, name="canned"),
    path(
        "kysymykset/asetukset/<int:pk>/vastaukset/<int:canned_pk>/poista/",
        settings.canned_remove,
        name="canned_remove",
    ),
    path("kysymykset/<int:pk>/", office.talk, name="talk"),
    path("kysymykset/<int:pk>/uudet/", office.news, name="talk_news"),
    path("kysymykset/<int:pk>/liitteet/<int:file_pk>/", office.file, name="talk_file"),
    path("kysymykset/<int:pk>/ota/", office.take, name="talk_take"),
    path("kysymykset/<int:pk>/vastaaja/", office.assign, name="talk_assign"),
    path("kysymykset/<int:pk>/paata/", office.close, name="talk_close"),
    path("kysymykset/<int:pk>/siirra/", office.move, name="talk_move"),
    path("jasen/<int:pk>/kirjoita/", first.new, name="talk_new"),
    path("jasen/<int:pk>/loki/", log.contact_log, name="contact_log"),
    path("jasen/<int:pk>/loki/uusi/", log.note_add, name="note_add"),
    path("jasen/<int:pk>/loki/<int:note_pk>/", log.note_edit, name="note_edit"),
    path("jasen/<int:pk>/loki/<int:note_pk>/poista/", log.note_remove, name="note_remove"),
]
own: list[URLPattern] = [
    path("viestit/", portal.index, name="messages"),
    path("viestit/uusi/", portal.new, name="talk_new"),
    path("viestit/loki/", portal.contact_log, name="contact_log"),
    path("viestit/<int:pk>/", portal.talk, name="talk"),
    path("viestit/<int:pk>/uudet/", portal.news, name="talk_news"),
    path("viestit/<int:pk>/liitteet/<int:file_pk>/", portal.file, name="talk_file"),
    path("viestit/<int:pk>/paata/", portal.close, name="talk_close"),
    path("viestit/<int:pk>/palauta/", portal.back, name="talk_back"),
]
public: list[URLPattern] = []
