"""Whose a row is: no table with something of people is left out, and every column the person gets has a name."""

from __future__ import annotations

from members.personal import registry
from members.personal.labels import has_name, models_by_table
from members.personal.reading import exported

# Tables that tell of a person only what stands in another one, or of their staff; each with its reason.
WITHOUT_A_KEY = {
    "accounts_user_groups",  # technical
    "jobs_job",  # searched by words
    "members_boardmeeting",  # searched by words
    "members_segment",  # searched by words
    "members_importbatch",  # the file of a list, which goes after ninety days
    "billing_paymentfile",  # the file of the bank
    "billing_invoicerun",  # who in the office made it
    "members_orgchange",  # who in the office planned it
    "billing_checkround",  # who in the office began it
    "communications_mailing",  # who in the office wrote, sent and approved it
    "communications_letterpicture",  # who in the office sent it
    "communications_lettertemplate",  # who in the office made it
    "communications_announcement",  # who in the office wrote it
    "communications_material",  # who in the office answers for it
    "communications_materialversion",  # who in the office added it
    "communications_partnerproposal",  # who proposed it for a partner, and who decided
}


def test_every_table_with_something_of_people_is_found() -> None:
    known = {rows.table for rows in registry.all_rows()} | {free.table for free in registry.all_free()}
    personal = {table for table in registry.tables() if registry.is_personal(table)}
    assert personal - known - WITHOUT_A_KEY == set()


def test_every_column_the_person_gets_belongs_to_rows_that_are_found() -> None:
    found = {rows.table for rows in registry.all_rows()}
    assert {table for table in registry.tables() if exported(table)} - found == set()


def test_every_column_the_person_gets_has_a_name_in_words() -> None:
    models = models_by_table()
    nameless = [
        (table, column)
        for table in registry.tables()
        for column in exported(table)
        if not has_name(models[table], column)
    ]
    assert nameless == []


def test_whatever_the_maps_keep_has_its_reason() -> None:
    for rows in registry.all_rows():
        kept = [n for n, c in registry.columns_of(rows.table).items() if c.erase == "keep"]
        assert not kept or rows.hold, rows.table
        assert rows.hold in {"", *registry.HOLDS}
        assert set(rows.identifying) <= set(registry.columns_of(rows.table))
