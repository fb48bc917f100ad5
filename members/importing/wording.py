"""Fields, problems and reasons in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.common.dates import format_date, parse_date
from members.importing.fields import FIELDS as FIELD_RULES
from members.importing.fields import HIDDEN
from members.importing.problems import Problem

Text = str | Promise

GROUPS: dict[str, Text] = {
    "who": _("Who"),
    "contact": _("Contact details"),
    "membership": _("Membership"),
    "holding": _("Holding and fee bases"),
}

FIELDS: dict[str, Text] = {
    "number": _("Member number"),
    "last_name": _("Last name"),
    "first_names": _("First names"),
    "name": _("Name: last name first"),
    "name_first": _("Name: first names first"),
    "organisation": _("Name of the organisation"),
    "legal_form": _("Legal form"),
    "y_tunnus": _("Business ID"),
    "birth_date": _("Date of birth"),
    "language": _("Language"),
    "municipality": _("Home municipality"),
    "non_disclosure": _("Non-disclosure order"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "street": _("Street address"),
    "co_line": _("C/o line"),
    "postal_code": _("Postal code"),
    "city": _("Post office"),
    "country": _("Country"),
    "type": _("Membership type"),
    "started_on": _("Member since"),
    "ended_on": _("Membership ended on"),
    "payer": _("Payer"),
    "spouse": _("Spouse"),
    "family_of": _("Head of the family"),
    "holding_name": _("Name of the holding"),
    "holding_y_tunnus": _("Business ID of the holding"),
    "holding_municipality": _("Municipality of the holding"),
    "field_ha": _("Field, ha"),
    "forest_ha": _("Forest, ha (the zone by the municipality)"),
    "forest_ha_south": _("Forest in the south, ha"),
    "forest_ha_north": _("Forest in the north, ha"),
    "animal_units": _("Animal units"),
    "person_years": _("Person-years"),
    # Only in differences:
    "address": _("Address"),
    "membership": _("New membership"),
    "holding": _("Holding"),
    "former_number": _("Old member number"),
}


# A fee basis with its value, in the short facts of a row.
BASES: dict[str, Text] = {
    "field_ha": _("field %(n)s ha"),
    "forest_ha_south": _("forest in the south %(n)s ha"),
    "forest_ha_north": _("forest in the north %(n)s ha"),
    "animal_units": _("%(n)s animal units"),
    "person_years": _("%(n)s person-years"),
}


def field_name(key: str) -> str:
    """The name of a field or of a difference."""
    return str(FIELDS.get(key.removeprefix("basis:"), key))


REASONS: dict[str, Text] = {
    "name": _("the same name"),
    "name_place": _("the same name and postal code"),
    "email": _("the same e-mail"),
    "phone": _("the same phone number"),
    "birth": _("the same date of birth"),
    "address": _("the same address"),
    "y_tunnus": _("the same business ID"),
    "holding": _("the same holding"),
    "number": _("the same member number"),
    "same_member": _("the same member of the register"),
    "name_like": _("nearly the same name"),
    "name_swapped": _("the same name with the first and the last name the other way round"),
    "given_name": _("the same first name, another last name"),
    "birth_like": _("nearly the same date of birth"),
    "place": _("the same postal code"),
}

# Field classes without which a reason is not told.
REASON_CLASSES = {
    "name_place": "B", "email": "B", "phone": "B", "address": "B", "place": "B", "birth": "C", "birth_like": "C", "holding": "C",
}  # fmt: skip

# What is left of a reason that would confirm data an order hides.
PROTECTED_REASONS = {"name_place": "name", "email": "", "phone": "", "address": "", "place": ""}

# Facts are filled in with %(…)s; `value` is what stood in the file.
PROBLEMS: dict[str, Text] = {
    "name_missing": _("The name is missing."),
    "name_half": _("Only “%(value)s” is given of the name. Give both the last name and the first name."),
    "name_odd": _("“%(value)s” does not look like a name."),
    "too_long": _("The text is longer than %(limit)s characters."),
    "date": _("“%(value)s” is not a date. Write for example 1.2.1980."),
    "birth_date_odd": _("The date of birth %(value)s cannot be right."),
    "date_far": _("The day %(value)s is too far in the future."),
    "started_before_birth": _("The membership would begin before the birth."),
    "ended_before_start": _("The membership would end before it began."),
    "number": _("“%(value)s” is not a number. Write for example 12,5."),
    "negative": _("The number %(value)s is below zero."),
    "too_big": _("The number %(value)s is too big."),
    "email": _("“%(value)s” is not an e-mail address."),
    "phone": _("“%(value)s” is not a phone number."),
    "several_values": _("The cell has several values. %(value)s is taken."),
    "postal_code": _("“%(value)s” is not a postal code. It has five digits."),
    "postal_code_unknown": _("There is no postal code %(value)s in Finland. It is taken as it is."),
    "country": _("The country “%(value)s” is not known. Write for example FI or Finland."),
    "language": _("The language “%(value)s” is not known. Write fi, sv or en."),
    "municipality": _("The municipality “%(value)s” is not known."),
    "y_tunnus": _("“%(value)s” is not a business ID. Write for example 1234567-1."),
    "y_tunnus_check": _("The check digit of the business ID %(value)s does not match."),
    "y_tunnus_missing": _("The business ID is missing. The organisation is told from others by its name only."),
    "y_tunnus_differs": _("The register has another business ID. It stays; %(value)s is not taken."),
    "holding_y_tunnus_missing": _(
        "The business ID of the holding is missing. Without it the same holding in two associations is billed twice."
    ),
    "holding_of_another": _(
        "The business ID %(value)s belongs to a holding with another responsible member. The member joins that holding;"
        " its responsible member and its areas stay as they are."
    ),
    "holding_elsewhere": _(
        "The business ID %(value)s belongs to a holding of another association's member. The member is saved without the"
        " holding; ask the union to join them."
    ),
    "bases_differ": _(
        "Line %(line)s gives other areas for the same holding (%(value)s). Those of line %(line)s are taken."
    ),
    "basis_newer": _("The register has a newer value, in force from %(value)s. It stays."),
    "family_alone": _(
        "Nobody is named who pays for this family member. Give the payer or the head of the family in the file, or add them on"
        " the member's page afterwards."
    ),
    "needs_holding": _("This type of membership is billed by the holding, but the row has none."),
    "not_a_person": _("An organisation has no date of birth. It is not taken."),
    "yes_no": _("“%(value)s” is neither yes nor no. Write x or leave the cell empty."),
    "type_unknown": _("The association has no membership type “%(value)s”."),
    "type_missing": _("The membership type is missing. Choose a type for rows without one."),
    "type_not_for_kind": _("This type of membership is not meant for this kind of member."),
    "started_missing": _("The day the membership began is missing. Choose a day for rows without one."),
    "too_young": _("The member is younger than the type's minimum age of %(limit)s years."),
    "deceased": _("The register says that this person has died."),
    "protected": _(
        "The person has a non-disclosure order: contact details and municipality stay as they are. Change them on the"
        " member's page."
    ),
    "email_of_post": _(
        "The person has a post, so the e-mail address stays as it is. Change it on the member's page: the change is told to the"
        " old address."
    ),
    "former_member": _(
        "The member returns with a new membership. Other details in the file are not taken: look at them on the member's page."
    ),
    "several_memberships": _("The member has several memberships. Give the type that is meant."),
    "application_waits": _("The member's application waits for the board. The membership stays as it is."),
    "reference_unknown": _("“%(value)s” was found neither in the file nor among the members."),
    "reference_unclear": _("“%(value)s” may be several members. Give the member number."),
    "changed_since_check": _("The register changed after the check, so the row was left out. Check the file again."),
    "kept_changed": _("Changed after the import. The row was not taken back."),
    "kept_invoiced": _("Invoiced after the import. The row was not taken back."),
    "kept_in_use": _("Other data refers to the member. The row was not taken back."),
}  # fmt: skip


def problem_text(found: Problem) -> str:
    """One problem as a sentence; dates are written as people write them."""
    text = str(PROBLEMS.get(found["code"], found["code"]))
    facts = {key: _shown(value) for key, value in found.items()}
    try:
        return text % facts
    except KeyError:
        return text


def told(found: Problem, classes: frozenset[str], *, protected: bool = False) -> str:
    """The problem for a reader with these field classes: the value of a field that is not theirs is not repeated, nor
    one that an order hides."""
    field = FIELD_RULES.get(found.get("field", "").removeprefix("basis:"))
    if field is not None and protected and field.key in HIDDEN:
        return gettext("%(field)s: hidden by a non-disclosure order.") % {"field": field_name(field.key)}
    if field is None or field.field_class in classes:
        return problem_line(found)
    return gettext("%(field)s: your role does not see what is wrong.") % {"field": field_name(field.key)}


_NEEDS_NAME = {"date", "number", "negative", "too_big", "too_long", "several_values", "yes_no", "basis_newer", "date_far",
               "reference_unknown", "reference_unclear", "municipality"}  # fmt: skip


def problem_line(found: Problem) -> str:
    """With the name of its field before it, where the sentence itself does not tell which one it is about."""
    name = field_name(found["field"]) if found["code"] in _NEEDS_NAME and found.get("field") else ""
    return f"{name}: {problem_text(found)}" if name else problem_text(found)


def _shown(value: Any) -> str:
    text = str(value)
    if len(text) == 10 and text[4] == text[7] == "-":
        try:
            return format_date(parse_date(text))
        except ValueError:
            return text
    return text


FILE_PROBLEMS: dict[str, Text] = {
    "empty": _("The file is empty."),
    "only_header": _("The file has headings but no rows below them."),
    "no_columns": _(
        "No columns were found in the file. Save the list as CSV or Excel (.xlsx) with headings on the first row."
    ),
    "not_text": _("The file is not a table. Save the list as CSV or Excel (.xlsx)."),
    "wrong_encoding": _("The characters of the file could not be read as %(encoding)s. Choose another encoding."),
    "broken_quotes": _(
        "The file breaks off in the middle: a quotation mark is open or a cell is over 32 000 characters long (%(detail)s)."
    ),
    "too_large": _("The file is over %(limit)s MB. Divide it into several files."),
    "too_many_rows": _("The file has over %(limit)s rows. Divide it into several files."),
    "too_many_columns": _("Line %(line)s has over %(limit)s columns. Is the file a member list?"),
    "pdf": _("This is a PDF. Ask for the list as Excel (.xlsx) or CSV."),
    "old_excel": _(
        "This is an old Excel file (.xls) or one with a password. Open it and save it as an Excel workbook (.xlsx)"
        " without a password."
    ),
    "other_zip": _("This is a packed file but not an Excel workbook. Unpack it and choose the list in it."),
    "broken_excel": _("The Excel file is damaged. Open it in Excel and save it again."),
    "bomb": _("The Excel file unpacks to an unreasonable size, so it was not opened."),
    "entities": _("The Excel file has parts that do not belong to a workbook, so it was not opened."),
    "no_sheet": _("The sheet %(sheet)s is not in the file."),
    "picture": _("This is a picture. Choose the list as Excel (.xlsx) or CSV."),
    "text_document": _("This is a text document. Save the list as Excel (.xlsx) or CSV."),
    "web_page": _("This is a web page. Save the list as Excel (.xlsx) or CSV."),
}  # fmt: skip


def file_problem(code: str, facts: Mapping[str, Any]) -> str:
    """Why a file cannot be taken in."""
    return str(FILE_PROBLEMS.get(code, FILE_PROBLEMS["not_text"])) % dict(facts)


LEGAL_FORMS: dict[str, Text] = {
    "company": _("company"),
    "joint_forest": _("jointly owned forest"),
    "estate": _("estate of a deceased person"),
    "partnership": _("partnership"),
    "association": _("association"),
    "other": _("other organisation"),
}


def likely(confidence: int) -> str:
    """How sure a proposed field is."""
    return gettext("by the heading") if confidence >= 80 else gettext("by the contents, check")
