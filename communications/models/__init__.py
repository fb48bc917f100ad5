"""The tables of communications."""

from communications.models.contacts import ContactChannel, ContactDirection, ContactEntry, ContactNote
from communications.models.deliveries import Delivery, Klass, Reason, State
from communications.models.mailings import Archive, Mailing, MailingKind, MailingState, MailingVersion
from communications.models.topics import (
    AddressState,
    Channel,
    Look,
    Preference,
    PreferenceSource,
    SmsSender,
    SmsState,
    Topic,
    TopicClass,
    Trouble,
)

__all__ = [
    "AddressState",
    "Archive",
    "ContactChannel",
    "ContactDirection",
    "ContactEntry",
    "ContactNote",
    "Channel",
    "Delivery",
    "Klass",
    "Look",
    "Mailing",
    "MailingKind",
    "MailingState",
    "MailingVersion",
    "Preference",
    "PreferenceSource",
    "Reason",
    "SmsSender",
    "SmsState",
    "State",
    "Topic",
    "TopicClass",
    "Trouble",
]
