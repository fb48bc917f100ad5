"""Addresses of letters: `urlpatterns` under /toimisto/viestinta/, `own` under /oma/, `public` from the root."""

from django.urls import URLPattern, path, register_converter
from django.urls.converters import StringConverter

from communications.views import office_letter_poll as polling
from communications.views import office_letter_preview as previewing
from communications.views import office_letter_results as results
from communications.views import office_letter_sending as sending
from communications.views import office_letter_templates as beginnings
from communications.views import office_letter_writing as writing
from communications.views import office_letters as office
from communications.views import portal_letters as portal
from communications.views import public_letters as public_views


class Language(StringConverter):
    regex = "fi|sv|en"


class BlockKey(StringConverter):
    regex = "[0-9a-f]{8}"


class PictureExtension(StringConverter):
    regex = "png|jpg"


register_converter(Language, "lang")
register_converter(BlockKey, "block")
register_converter(PictureExtension, "picture")

urlpatterns: list[URLPattern] = [
    path("", office.index, name="messages"),
    path("uusi/", office.new, name="message_new"),
    path("pohjat/", beginnings.templates, name="letter_templates"),
    path("pohjat/<int:pk>/", beginnings.template, name="letter_template"),
    path("pohjat/<int:pk>/<lang:language>/", beginnings.template_words, name="letter_template_words"),
    path("pohjat/<int:pk>/poista/", beginnings.template_delete, name="letter_template_delete"),
    path("<int:pk>/", office.message, name="message"),
    path("<int:pk>/tiedot/", office.details, name="message_details"),
    path("<int:pk>/poista/", office.delete, name="message_delete"),
    path("<int:pk>/pohjaksi/", beginnings.to_template, name="message_template"),
    path("<int:pk>/vastaanottajat/", writing.people, name="message_people"),
    path("<int:pk>/kieli/", writing.add_language, name="message_language"),
    path("<int:pk>/kieli/<lang:language>/poista/", writing.remove_language, name="message_language_remove"),
    path("<int:pk>/muokkaa/<lang:language>/", writing.edit, name="message_edit"),
    path("<int:pk>/muokkaa/<lang:language>/otsikko/", writing.head, name="message_head"),
    path("<int:pk>/muokkaa/<lang:language>/lisaa/", writing.add, name="message_add"),
    path("<int:pk>/muokkaa/<lang:language>/palauta/", writing.put_back, name="message_put_back"),
    path("<int:pk>/muokkaa/<lang:language>/<block:key>/", writing.block, name="message_block"),
    path("<int:pk>/muokkaa/<lang:language>/<block:key>/siirra/", writing.move, name="message_move"),
    path("<int:pk>/muokkaa/<lang:language>/<block:key>/poista/", writing.remove, name="message_remove"),
    path("<int:pk>/muokkaa/<lang:language>/<block:key>/kysely/", polling.poll, name="message_poll"),
    path("<int:pk>/esikatselu/", previewing.preview, name="message_preview"),
    path("<int:pk>/esikatselu/<lang:language>/", previewing.letter, name="message_letter"),
    path("<int:pk>/esikatselu/<lang:language>/paperi.pdf", previewing.on_paper, name="message_on_paper"),
    path("<int:pk>/testi/", previewing.test, name="message_test"),
    path("<int:pk>/linkit/", sending.links, name="message_links"),
    path("<int:pk>/lahetys/", sending.send, name="message_send"),
    path("<int:pk>/takaisin/", sending.take_back, name="message_take_back"),
    path("<int:pk>/peru/", sending.regret, name="message_regret"),
    path("<int:pk>/tauko/", sending.pause, name="message_pause"),
    path("<int:pk>/jatka/", sending.resume, name="message_resume"),
    path("<int:pk>/keskeyta/", sending.cancel, name="message_cancel"),
    path("<int:pk>/uudelleen/", sending.retry, name="message_retry"),
    path("<int:pk>/tulokset/", results.results, name="message_results"),
    path("<int:pk>/tulokset/tila/", results.state, name="message_state"),
    path("<int:pk>/tulokset/saamatta.csv", results.table, name="message_missing"),
    path("<int:pk>/hyvaksy/", results.approve, name="message_approve"),
    path("<int:pk>/hylkaa/", results.refuse, name="message_refuse"),
    path("<int:pk>/paperille/", results.paper, name="message_paper"),
]
own: list[URLPattern] = [
    path("kirjeet/", portal.index, name="letters"),
    path("kirjeet/<uuid:uuid>/", portal.letter, name="letter"),
    path("kirjeet/<uuid:uuid>/sanat/", portal.words, name="letter_words"),
]
public: list[URLPattern] = [
    path("kirjeet/kuvat/<uuid:key>.<picture:extension>", public_views.picture, name="letter_picture"),
    path("kirjeet/tunnus/<str:token>.<picture:extension>", public_views.logo, name="letter_logo"),
    path("kirjeet/lue/<str:token>/", public_views.read, name="letter_read"),
    path("kirjeet/<slug:slug>/", public_views.unit, name="letters_unit"),
    path("kirjeet/<slug:slug>/<uuid:uuid>/", public_views.letter, name="letter"),
    path("kirjeet/<slug:slug>/<uuid:uuid>/sanat/", public_views.words, name="letter_words"),
]
