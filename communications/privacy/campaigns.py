"""Campaigns: who was called and how it went, and how a member was found."""

from jasenpalvelu.common.privacy import Table, columns

TABLES: dict[str, Table] = {
    "communications_campaign": columns(
        "id unit_id name code description goal target starts_on ends_on segment_id recruits closed_at created_at"
    ),
    "communications_campaignstep": columns("id campaign_id mailing_id survey_id announcement_id material_id"),
    "communications_campaigncall": columns("id")
    | columns("campaign_id party_id unit_id state called_at", "B")
    | columns("called_by_id", "A", export=False),
    "communications_campaignjoin": columns("id")
    | columns("campaign_id membership_id on", "A")
    | columns("referrer_id", "A", export=False),
}
