"""Surveys: who was asked and what was answered is the respondent's own. A secret answer is nobody's: nothing in it or beside it
tells whose it is, so it can be neither given out nor erased."""

from jasenpalvelu.common.privacy import Erase, Table, columns

TABLES: dict[str, Table] = {
    "communications_survey": columns(
        "id unit_id kind title_fi title_sv title_en languages grade audience segment_id spec state closes_on changeable"
        " shown kept_months code created_at opened_at settled_at closed_at forgotten_at job_id"
    )
    | columns("created_by_id", "A", export=False, erase=Erase.KEEP),
    "communications_surveyinvitation": columns("id for_unit version draft draft_at")
    | columns("survey_id party_id unit_id language left_out sent_at reminded_at answered_on", "B")
    | columns("member_type age_band", "C")
    | columns("draft_by_id", "A", export=False),
    "communications_surveyanswer": columns("id invitation_id fresh") | columns("survey_id answers told", "B"),
    "communications_secretanswer": columns("id survey_id answers fresh"),
}
