"""Topics, letters and deliveries: what is personal is who wants what, and what was sent to whom."""

from jasenpalvelu.common.privacy import Erase, Table, columns


def _staff(names: str) -> Table:
    return columns(names, "A", export=False, erase=Erase.BLANK)


TABLES: dict[str, Table] = {
    "communications_topic": columns(
        "id unit_id code klass purpose_id name_fi name_sv name_en description_fi description_sv description_en active"
        " position"
    ),
    "communications_preference": columns("id") | columns("party_id topic_id channel wanted source at", "B"),
    # An address two people may share; who it is of stands nowhere in the row.
    "communications_addressstate": columns("id score trouble stopped_at bounced_at code accepted_at")
    | columns("address said", "B", erase=Erase.DELETE),
    "communications_look": columns(
        "id unit_id from_name reply_to colour footer_fi footer_sv footer_en approval_limit"
    ),
    "communications_smssender": columns("id unit_id text state authorised_on reference"),
    "communications_mailing": columns(
        "id uuid unit_id kind title topic_id segment_id audience survey_id reminding unlisted paper archive reply_to state version created_at changed_at"
        " approved_at scheduled_at frozen_at release_at finished_at summary job_id"
    )
    | _staff("created_by_id sender_id approved_by_id"),
    "communications_mailingversion": columns(
        "id mailing_id language subject preheader blocks html text sha256"
    ),
    "communications_delivery": columns(
        "id mailing_id template unit_id lane attempts next_at leased_until worker klass attachment"
    )
    | columns("party_id kind channel language state reason created_at done_at code reference", "B")
    | columns("name address address_key vars reply_to said", "B", protected=True),
}
