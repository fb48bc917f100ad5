"""Addresses: `urlpatterns` under /toimisto/viestinta/, `own` under /oma/, `public` from the root."""

from django.urls import URLPattern, path

from communications.views import office_letter_settings as settings
from communications.views import office_outbox, office_text_messages, portal_wishes, public_wishes

urlpatterns: list[URLPattern] = [
    path("lahetetyt/", office_outbox.index, name="outbox"),
    path("lahetetyt/osoitteet/", office_outbox.addresses, name="outbox_addresses"),
    path("lahetetyt/osoitteet/<int:pk>/kokeile/", office_outbox.try_again, name="outbox_try_again"),
    path("lahetetyt/<int:pk>/", office_outbox.message, name="outbox_message"),
    path("lahetetyt/<int:pk>/sivu/", office_outbox.drawn, name="outbox_drawn"),
    path("lahetetyt/<int:pk>/uudelleen/", office_outbox.again, name="outbox_again"),
    path("lahetetyt/<int:pk>/jata/", office_outbox.leave, name="outbox_leave"),
    path("tekstiviestit/uusi/", office_text_messages.new, name="text_message"),
    path("asetukset/", settings.index, name="messages_settings"),
    path("asetukset/<int:pk>/ilme/", settings.look, name="letter_look"),
    path("asetukset/<int:pk>/aiheet/uusi/", settings.topic_new, name="letter_topic_new"),
    path("asetukset/aiheet/<int:pk>/", settings.topic_edit, name="letter_topic"),
    path("asetukset/aiheet/<int:pk>/kaytto/", settings.topic_retire, name="letter_topic_retire"),
    path("asetukset/<int:pk>/lahettajat/uusi/", settings.sender_new, name="sms_sender_new"),
    path("asetukset/lahettajat/<int:pk>/lupa/", settings.sender_authorised, name="sms_sender_authorised"),
    path("asetukset/lahettajat/<int:pk>/lopeta/", settings.sender_withdraw, name="sms_sender_withdraw"),
]
own: list[URLPattern] = [
    path("viestit/toiveet/", portal_wishes.choose, name="letter_wishes"),
]
public: list[URLPattern] = [
    path("kirjeet/peru/<str:token>/", public_wishes.unsubscribe, name="unsubscribe"),
    # A mail program must not be sent to another address, not even by a forgotten slash.
    path("kirjeet/peru/<str:token>", public_wishes.unsubscribe, name="unsubscribe_bare"),
    path("kirjeet/toiveet/<str:token>/", public_wishes.choose, name="letter_wishes"),
]
