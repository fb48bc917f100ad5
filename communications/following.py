"""What of communications goes with a party when two entries of the same member are joined (`members.moving`)."""

from __future__ import annotations

from django.utils.translation import ngettext_lazy

from members import moving


def register() -> None:
    """Called when the app is ready."""
    _surveys()
    _outbox()
    moving.follows(
        "communications_contactentry",
        "party_id",
        noun=ngettext_lazy("%(n)s entry of the contact log", "%(n)s entries of the contact log", "n"),
        classes="B",
    )
    moving.follows(
        "communications_talk",
        "party_id",
        noun=ngettext_lazy("%(n)s conversation", "%(n)s conversations", "n"),
        classes="B",
    )
    moving.follows(
        "communications_contactnote",
        "party_id",
        noun=ngettext_lazy("%(n)s note of a call or a visit", "%(n)s notes of calls and visits", "n"),
        classes="B",
    )
    moving.follows(
        "communications_announcementread",
        "party_id",
        noun=ngettext_lazy("%(n)s announcement that was read", "%(n)s announcements that were read", "n"),
        classes="A",
        vanishes=moving.twin("communications_announcementread", "party_id", "announcement_id"),
    )


def _surveys() -> None:
    """Who was asked twice answers once more at most: the invitation of the one that goes on stays."""
    moving.follows(
        "communications_surveyinvitation",
        "party_id",
        noun=ngettext_lazy("%(n)s invitation to a survey", "%(n)s invitations to surveys", "n"),
        classes="B",
        only=f"NOT {moving.twin('communications_surveyinvitation', 'party_id', 'survey_id')}",
    )
    moving.follows(
        "communications_redemption",
        "party_id",
        noun=ngettext_lazy("%(n)s use of a benefit", "%(n)s uses of benefits", "n"),
        classes="A",
        only=f"NOT {moving.twin('communications_redemption', 'party_id', 'benefit_id')}",
    )
    moving.follows(
        "communications_benefitcode",
        "party_id",
        noun=ngettext_lazy("%(n)s code for benefits", "%(n)s codes for benefits", "n"),
        classes="A",
    )
    moving.follows(
        "communications_partner",
        "organisation_id",
        noun=ngettext_lazy("%(n)s partnership", "%(n)s partnerships", "n"),
        classes="A",
    )
    moving.follows(
        "communications_campaigncall",
        "party_id",
        noun=ngettext_lazy("%(n)s call of a campaign", "%(n)s calls of campaigns", "n"),
        classes="B",
        vanishes=moving.twin("communications_campaigncall", "party_id", "campaign_id"),
    )
    moving.follows(
        "communications_campaignjoin",
        "referrer_id",
        noun=ngettext_lazy("%(n)s member brought in", "%(n)s members brought in", "n"),
        classes="A",
    )


def _outbox() -> None:
    """Wishes go along, those of the entry that goes on first. What was sent stays as it was sent, so that a letter's figures stay."""
    moving.follows(
        "communications_preference",
        "party_id",
        noun=ngettext_lazy("%(n)s choice of letters", "%(n)s choices of letters", "n"),
        classes="B",
        vanishes=moving.twin("communications_preference", "party_id", "topic_id", "channel"),
    )
    moving.stays("communications_delivery", "party_id")
