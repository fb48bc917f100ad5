"""Every column of the member register: its field class, whether the person gets it, and what erasure does to it (REG-14).

A test demands an entry for each column of each table, so a new field is classified before it lands. The history page and
the masks read the same map, so a column cannot be hidden in one place and shown in another.

Erasure: `DELETE` the row goes with the party · `BLANK` the value is emptied, the row stays · `KEEP` a legal hold keeps it
(the Associations Act's list of members, section 11, and the Accounting Act 2:10 for what an invoice stands on) · `NONE`
the column tells nothing about a person.
"""

from __future__ import annotations

from jasenpalvelu.common.privacy import Column, Erase, Table
from jasenpalvelu.common.privacy import columns as _columns

_PERIOD = "valid_from valid_to"
_NAMES = "name_fi name_sv name_en"

TABLES: dict[str, Table] = {
    # --- parties: the name and the municipality are what the Associations Act's list of members keeps -------------
    "members_party": _columns("id kind search search_contact sort_key created_at")
    | _columns("member_number display_name", "A", erase=Erase.KEEP)
    | _columns("home_municipality", "A", erase=Erase.KEEP, protected=True)
    | _columns("language invoice_channel", "B", erase=Erase.BLANK)
    | _columns("non_disclosure non_disclosure_until", "B", erase=Erase.KEEP)
    | _columns("merged_into_id", "A", erase=Erase.KEEP),
    "members_person": _columns("party_id")
    | _columns("first_names last_name", "A", erase=Erase.KEEP)
    | _columns("deceased_on", "A", erase=Erase.KEEP)
    | _columns("birth_date birth_date_purpose", "C", erase=Erase.BLANK),
    "members_organisation": _columns("party_id")
    | _columns("name legal_form y_tunnus", "A", erase=Erase.KEEP),
    "members_contactpoint": _columns("id party_id key")
    | _columns("kind primary source verified_on bounced_on", "B")
    | _columns("value co_line postal_code city country", "B", protected=True)
    | _columns(_PERIOD, "B"),
    "members_partylink": _columns("id") | _columns(f"party_id other_id kind {_PERIOD}", "C"),
    "members_formernumber": _columns("id") | _columns("party_id unit_id number source", "A"),
    "members_duplicatepair": _columns("id unit_id found_on decided_at tellable asked_at asked_for_id")
    | _columns("one_id other_id reasons score decided_by_id asked_by_id", "B"),
    "members_merge": _columns("id mutation_id merged_at")
    | _columns("survivor_id merged_id", "A", erase=Erase.KEEP)
    | _columns("record", "D", export=False, erase=Erase.BLANK, protected=True),
    "members_orgchange": _columns(
        "id kind state sources target_id made_id relation effective_on decided_on section ground name_fi name_sv like_id"
        " copy_fees division municipalities segment_id picked settle_until types problem created_at planned_at done_at undone_at"
        " act undo_act job_id"
    )
    | _columns("created_by_id planned_by_id", "A", export=False, erase=Erase.KEEP),
    "members_orgchangepost": _columns("id change_id") | _columns("mandate_id choice", "A"),
    "members_orgchangemember": _columns("id change_id made handled")
    | _columns("membership_id became before", "A", export=False, erase=Erase.KEEP),
    "members_orgchangemove": _columns("id change_id phase op table row_id")
    | _columns("before", "D", export=False, erase=Erase.BLANK),
    "members_membernumbercounter": _columns("id last"),
    # --- holdings -------------------------------------------------------------------------------------------------
    "members_holding": _columns("id")
    | _columns("name y_tunnus responsible_id", "C", erase=Erase.KEEP)
    | _columns("municipality", "C", erase=Erase.KEEP, protected=True),
    "members_joinedareas": _columns("id") | _columns(f"holding_id other_id payer_id asked_on {_PERIOD}", "C"),
    "members_holdingmember": _columns("id") | _columns(f"holding_id party_id role {_PERIOD}", "C"),
    "members_feebasisvalue": _columns("id")
    | _columns(
        f"holding_id kind_id unit_id value source confirmed_by confirmed_on {_PERIOD}", "C", erase=Erase.KEEP
    ),
    "members_feebasiskind": _columns(f"code {_NAMES} unit_fi unit_sv unit_en position"),
    # --- memberships ----------------------------------------------------------------------------------------------
    "members_membership": _columns("id sort_key")
    | _columns("party_id unit_id type_id state started_on ended_on", "A", erase=Erase.KEEP)
    | _columns("holding_id", "C", erase=Erase.KEEP)
    | _columns("payer_id fee_exempt_until", "D", erase=Erase.KEEP)
    # In words: may tell of somebody's health (GDPR article 9).
    | _columns("fee_exempt_reason", "D", erase=Erase.BLANK),
    "members_membershipevent": _columns("id membership_id mutation_id recorded_at")
    | _columns("kind applied_on decided_on effective_on decision_id", "A", erase=Erase.KEEP)
    | _columns("reason data", "C", erase=Erase.BLANK)
    | _columns("actor_id", "A", export=True, erase=Erase.KEEP),
    "members_membershiptype": _columns(
        f"id unit_id federation_code {_NAMES} description_fi description_sv description_en voting min_age"
        " needs_holding covers_family fee_bearing for_kinds position active"
    ),
    "members_resignation": _columns("id membership_id event_id")
    | _columns("channel received_at noticed_on effective_on withdrawn_on noted_on", "A", erase=Erase.KEEP),
    # Of an expulsion only the member's own association knows; its record is kept like the minutes.
    "members_expulsion": _columns("id membership_id")
    | _columns("state ground proposed_on told_on hear_by answered_on decided_on", "C", erase=Erase.KEEP)
    | _columns("reasons answer", "C", erase=Erase.BLANK)
    | _columns("opened_by_id", "A", erase=Erase.KEEP),
    "members_boardmeeting": _columns(
        "id unit_id body held_on number place members_from recorded_at mutation_id undone_on"
    )
    | _columns("chair secretary present recorded_by_id", "A", export=False, erase=Erase.KEEP),
    "members_meetingitem": _columns(
        "id meeting_id position membership_id resignation_id expulsion_id decision_id"
    )
    | _columns("kind outcome name effective_on", "A", erase=Erase.KEEP)
    | _columns("reason", "C", erase=Erase.BLANK),
    "members_decision": _columns("id unit_id body decided_on section subject"),
    "members_joinrequest": _columns("id token unit_id type_id campaign created_at confirmed_at membership_id")
    | _columns("data language", "B", export=False),
    "members_formtoken": _columns("token result created_at"),
    # --- rights ---------------------------------------------------------------------------------------------------
    "members_roletemplate": _columns(
        f"id code unit_id {_NAMES} requires_mfa requires_training longest_months active"
    ),
    "members_rolegrant": _columns("id template_id capability reach classes"),
    "members_mandate": _columns("id listed_units")
    | _columns(f"party_id unit_id template_id decision_id {_PERIOD}", "A", erase=Erase.KEEP)
    | _columns("granted_by_id", "A", erase=Erase.KEEP)
    | _columns("end_reason", "C", erase=Erase.BLANK),
    "members_training": _columns("id")
    | _columns("party_id valid_from valid_to recorded_by_id", "A", erase=Erase.KEEP)
    | _columns("note", "C", erase=Erase.BLANK),
    "members_emailchange": _columns("id state effective_at decided_at seen_at use")
    | _columns("party_id user_id asked_at asked_by_id", "B")
    | _columns("old new", "B", protected=True),
    "members_partylogin": _columns("user_id party_id", "B"),
    "members_savedview": _columns("id user_id list_name") | _columns("name query", "A", export=True),
    "members_qualityissue": _columns("id fact subject severity found_on")
    | _columns("party_id rule", "C", export=False),
    "members_qualitydismissal": _columns("id fact subject dismissed_at")
    | _columns("party_id rule reason dismissed_by_id", "C"),
    "members_qualityscore": _columns("unit_id members in_order found counted_at"),
    "members_qualitywatermark": _columns("id change_id"),
    "members_segment": _columns("id unit_id owner_id changed_at removed_at shared spec")
    | _columns("name", "A", export=False),
    # --- data protection: what was asked and done, kept as evidence of it without the words of the person ---------------
    "members_datarequest": _columns("id unit_id due_on")
    | _columns(
        "party_id kind channel state received_on answered_on extended_on told_on told_how",
        "A",
        erase=Erase.KEEP,
    )
    | _columns("text answer extension_reason", "C", erase=Erase.BLANK)
    | _columns("handled_by_id entered_by_id", "A", erase=Erase.KEEP),
    "members_datamark": _columns("id unit_id request_id")
    | _columns("party_id kind set_on until ended_on", "A", erase=Erase.KEEP)
    | _columns("reason end_reason", "C", erase=Erase.BLANK)
    | _columns("set_by_id", "A", erase=Erase.KEEP),
    "members_consentpurpose": _columns(f"code ground channels {_NAMES} position active"),
    "members_consenttext": _columns(
        "id purpose_id unit_id number text_fi text_sv text_en valid_from asks_again taken_back_on"
    )
    | _columns("written_by_id", "A", export=False, erase=Erase.KEEP),
    # What was said is kept as proof for its time (GDPR article 7(1)); the words about it are not.
    "members_consentevent": _columns("id recorded_at")
    | _columns("party_id purpose_id channel unit_id given text_id source at", "B", erase=Erase.KEEP)
    | _columns("note guardian", "B", erase=Erase.BLANK, protected=True)
    | _columns("actor_id", "A", erase=Erase.KEEP),
    "members_erasure": _columns("id request_id mutation_id again_on receipt")
    | _columns("party_id erased_at actor_id", "A", erase=Erase.KEEP),
    "members_retentionrule": _columns("id unit_id kind months"),
    "members_retentioncount": _columns("id unit_id kind people counted_on"),
    "members_erasurerun": _columns(
        "id unit_id units kind state candidates people previous stopped proposed_on approved_on reason erase_on ended_on"
        " returned_on receipt"
    )
    | _columns("proposed_by_id approved_by_id", "A", export=False, erase=Erase.KEEP),
    "members_erasureitem": _columns("id run_id erasure_id")
    | _columns("party_id event_on due_on state spared_on spared_by_id", "A", erase=Erase.KEEP)
    | _columns("spared_reason", "C", erase=Erase.BLANK),
    # --- community: what members tell of themselves, until they take it back ----------------------------------------
    "members_communityterm": _columns(f"id unit_id kind {_NAMES} role_id active"),
    "members_partyterm": _columns("id") | _columns(f"party_id term_id {_PERIOD}", "B"),
    # A group's name and description are the association's own words, not its leader's.
    "members_communitygroup": _columns("id unit_id name description open ended_on")
    | _columns("leader_id", "A", erase=Erase.BLANK),
    "members_groupmember": _columns("id") | _columns(f"party_id group_id asked {_PERIOD}", "B"),
    # --- statistics: numbers of memberships, of nobody in particular ----------------------------------------------
    "members_countedday": _columns("day detailed counted_at"),
    "members_countingmark": _columns("id change_id"),
    "members_typecount": _columns("day unit_id code members"),
    "members_agecount": _columns("day unit_id band members"),
    "members_placecount": _columns("day unit_id municipality members"),
    "members_memberflow": _columns("day unit_id code kind members"),
    # --- units ----------------------------------------------------------------------------------------------------
    "members_unitkind": _columns(f"code level {_NAMES} has_members"),
    "members_orgunit": _columns(
        f"id {_PERIOD} number slug kind_id {_NAMES} sort_key register_number y_tunnus home_municipality municipalities"
        " street postal_code city email phone website iban bic einvoice_address einvoice_operator logo colour languages"
        " next_meeting"
    ),
    "members_unitparent": _columns(f"id {_PERIOD} unit_id parent_id relation"),
    "members_unitclosure": _columns("id ancestor_id descendant_id relation depth"),
    "members_unitrules": _columns(
        f"id {_PERIOD} unit_id admission resignation_delay_days deemed_resigned_months voting_age central_billing"
        " list_inspection card_needs_fee"
        " year_ends application_reminder_days application_lapse_days"
    ),
    # --- cards ----------------------------------------------------------------------------------------------------
    "members_cardkey": _columns("id public private signing created_at retired_at revoked_at"),
    # --- imports: the rows hold what the file held, and go when the batch is tidied -------------------------------
    "members_importbatch": _columns(
        "id unit_id owner_id file_name sha256 state encoding delimiter sheet header mapping options counts problem"
        " job_id mutation_id created_at committed_at rolled_back_at"
    )
    | _columns("file", "D", export=False),
    "members_importrow": _columns("id batch_id line verdict choice done party_id")
    | _columns("raw key parsed problems diff candidates undo", "D", export=False, protected=True),
    "members_importmapping": _columns("id unit_id signature mapping used_at"),
}


def column(table: str, name: str) -> Column | None:
    """The rule of a column; None for a table of another app."""
    return TABLES.get(table, {}).get(name)
