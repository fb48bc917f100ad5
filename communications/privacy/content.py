"""Announcements, materials, benefits and campaigns: nearly nothing of it is about a person."""

from jasenpalvelu.common.privacy import Erase, Table, columns


def _staff(names: str) -> Table:
    """Who in the office did it: evidence of the unit's own work."""
    return columns(names, "A", export=False, erase=Erase.KEEP)


TABLES: dict[str, Table] = {
    "communications_announcement": columns(
        "id unit_id title_fi title_sv title_en body_fi body_sv body_en picture alt_fi alt_sv alt_en audience segment_id"
        " visible_from visible_until pinned important state published_at created_at"
    )
    | _staff("created_by_id"),
    "communications_announcementmaterial": columns("id announcement_id material_id"),
    "communications_announcementread": columns("id") | columns("announcement_id party_id at", "A"),
    "communications_material": columns(
        "id unit_id title description language kind tags audience types roles valid_until removed_at created_at search"
    )
    | _staff("owner_id"),
    "communications_materialversion": columns(
        "id material_id number file name extension size note created_at"
    )
    | _staff("created_by_id"),
    "communications_materialdownloads": columns("id version_id month count"),
}
