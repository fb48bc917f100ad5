"""Every column of every table has its privacy rule: field class, export, erasure. A new field is classified before it lands."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import pytest
from django.apps import AppConfig, apps
from django.conf import settings
from django.db.models import FileField, Model

from jasenpalvelu.common.privacy import Column, Erase, Table

# What the framework and the login library keep is classified where logins are.
WITH_ACCOUNTS = {"account", "mfa", "usersessions", "auth", "contenttypes", "sessions", "admin"}
CLASSES = {"", "A", "B", "C", "D", "E"}
PEOPLE = {"members.Party", "accounts.User"}


def own_apps() -> list[AppConfig]:
    return [
        app for app in apps.get_app_configs() if (settings.BASE_DIR / app.name.replace(".", "/")).is_dir()
    ]


def home_of(model: type[Model]) -> str:
    """The app whose `privacy.py` speaks for the table."""
    label = model._meta.app_label
    return apps.get_app_config("accounts").name if label in WITH_ACCOUNTS else apps.get_app_config(label).name


def tables_of(app: str) -> dict[str, Table]:
    module: ModuleType = import_module(f"{app}.privacy")
    return module.TABLES


def rules() -> Iterator[tuple[type[Model], str, Column]]:
    for model in apps.get_models(include_auto_created=True):
        table = tables_of(home_of(model)).get(model._meta.db_table, {})
        for name, column in table.items():
            yield model, name, column


@pytest.mark.parametrize("app", [app.name for app in own_apps() if list(app.get_models())])
def test_every_column_has_a_rule_and_every_rule_a_column(app: str) -> None:
    models = [model for model in apps.get_models(include_auto_created=True) if home_of(model) == app]
    columns = {model._meta.db_table: {f.column for f in model._meta.concrete_fields} for model in models}
    assert {table: set(found) for table, found in tables_of(app).items()} == columns


def test_no_table_is_without_a_home() -> None:
    homes = {app.name for app in own_apps()}
    assert {home_of(model) for model in apps.get_models(include_auto_created=True)} <= homes


def test_personal_columns_have_a_class_and_an_erasure_and_technical_ones_neither() -> None:
    wrong = []
    for model, name, column in rules():
        personal = column.field_class != ""
        known = column.field_class in CLASSES
        if (
            not known
            or personal != (column.erase != Erase.NONE)
            or (not personal and (column.export or column.protected))
        ):
            wrong.append((model._meta.db_table, name, column))
    assert wrong == []


def test_a_reference_to_a_person_is_never_technical() -> None:
    """Only the key that is the person's own row in the same table's story may be: `party_id` of what goes with the party."""
    wrong = []
    for model, name, column in rules():
        field = next(f for f in model._meta.concrete_fields if f.column == name)
        person = field.is_relation and field.related_model._meta.label in PEOPLE
        table = tables_of(home_of(model))[model._meta.db_table]
        story = [other.field_class for key, other in table.items() if key != name]
        if person and column.field_class == "" and not any(story) and model._meta.label not in BRIDGES:
            wrong.append((model._meta.db_table, name))
    assert wrong == []


# Rows that only join an account with a right of the maintenance site.
BRIDGES = {"accounts.User_groups", "accounts.User_user_permissions"}


def test_uploaded_and_made_files_are_classified_as_personal() -> None:
    """A file of members, payments or results holds people's data; a logo does not."""
    fields = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, FileField)
    }
    technical = {
        (model._meta.db_table, name) for model, name, column in rules() if column.field_class == ""
    } & fields
    assert technical <= {("members_orgunit", "logo"), ("billing_issuer", "logo")}


def test_addresses_hide_behind_a_non_disclosure_order() -> None:
    """Wherever an address or a municipality of a person is kept, an order hides it (REG-13)."""
    names = {"home_municipality", "postal_code", "city", "payer_address", "payer_data", "co_line"}
    open_columns = {
        (model._meta.db_table, name)
        for model, name, column in rules()
        if name in names and not column.protected and model._meta.db_table != "members_orgunit"
    }
    assert open_columns == set()


def test_accounting_material_survives_an_erasure() -> None:
    billing = tables_of("billing")
    for table, name in [
        ("billing_invoice", "payer_name"),
        ("billing_invoiceline", "amount"),
        ("billing_ledgerentry", "amount"),
        ("billing_paymentrow", "payer_name"),
        ("billing_paymentfile", "content"),
    ]:
        assert billing[table][name].erase == Erase.KEEP
    assert billing["billing_payeraccount"]["payer_iban"].erase == Erase.DELETE
