"""Announcements, materials, benefits and campaigns: nearly nothing of it is about a person."""

from jasenpalvelu.common.privacy import Erase, Table, columns


def _staff(names: str) -> Table:
    """Who in the office did it: evidence of the unit's own work."""
    return columns(names, "A", export=False, erase=Erase.KEEP)


def _published(names: str) -> Table:
    """Files of the unit, in which people may be seen or named: they stay as long as the unit keeps them."""
    return columns(names, "A", export=False, erase=Erase.KEEP)


TABLES: dict[str, Table] = {
    "communications_announcement": columns(
        "id unit_id title_fi title_sv title_en body_fi body_sv body_en alt_fi alt_sv alt_en audience segment_id"
        " visible_from visible_until pinned important state published_at created_at"
    )
    | _staff("created_by_id")
    | _published("picture"),
    "communications_announcementmaterial": columns("id announcement_id material_id"),
    "communications_announcementread": columns("id") | columns("announcement_id party_id at", "A"),
    "communications_material": columns(
        "id unit_id title description language kind tags audience types roles valid_until removed_at created_at search"
    )
    | _staff("owner_id"),
    "communications_materialversion": columns("id material_id number extension size note created_at")
    | _staff("created_by_id")
    | _published("file name"),
    "communications_materialdownloads": columns("id version_id month count"),
    # --- benefits: partners are organisations; who acts for them has a login ---------------------------------------
    "communications_partner": columns("id unit_id name text_fi text_sv text_en website email phone ended_on")
    | columns("organisation_id", "A", export=False, erase=Erase.BLANK),
    "communications_partnerlogin": columns("id partner_id")
    | columns("email user_id invited_at accepted_at ended_at", "B"),
    "communications_benefit": columns(
        "id unit_id partner_id title_fi title_sv title_en text_fi text_sv text_en use code link single_use segment_id"
        " municipalities valid_from valid_until state created_at"
    ),
    "communications_partnerproposal": columns(
        "id partner_id benefit_id new values state reason proposed_at decided_at"
    )
    | _staff("proposed_by_id decided_by_id"),
    # What is counted stays; whose it was goes.
    "communications_redemption": columns("id benefit_id on unit_id token")
    | columns("party_id", "A", erase=Erase.BLANK),
    "communications_benefitcode": columns("id unit_id made_at") | columns("code party_id", "A", export=False),
}
