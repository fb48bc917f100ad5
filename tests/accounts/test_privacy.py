from django.apps import apps

from jasenpalvelu.accounts.privacy import TABLES

LABELS = {"accounts", "account", "mfa", "usersessions", "auth", "contenttypes", "sessions", "admin"}


def test_every_column_about_logins_is_classified() -> None:
    models = [m for m in apps.get_models(include_auto_created=True) if m._meta.app_label in LABELS]
    found = {m._meta.db_table: {f.column for f in m._meta.concrete_fields} for m in models}
    assert {table: set(columns) for table, columns in TABLES.items()} == found


def test_secrets_are_never_handed_out() -> None:
    secret = [column for table in TABLES.values() for column in table.values() if column.field_class == "E"]
    assert len(secret) == 9
    assert not any(column.export for column in secret)
