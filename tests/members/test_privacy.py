"""Every column of the register is classified, and no entry outlives its column."""

from django.apps import apps

from members.privacy import TABLES, Erase


def _columns() -> dict[str, set[str]]:
    models = apps.get_app_config("members").get_models()
    return {model._meta.db_table: {f.column for f in model._meta.concrete_fields} for model in models}


def test_every_column_has_its_rule_and_no_rule_is_left_over() -> None:
    assert {table: set(rules) for table, rules in TABLES.items()} == _columns()


def test_personal_columns_have_a_class_and_an_erasure_rule() -> None:
    for table, rules in TABLES.items():
        for name, rule in rules.items():
            personal = rule.field_class != ""
            assert rule.field_class in {"", "A", "B", "C", "D", "E"}, (table, name)
            assert personal == (rule.erase != Erase.NONE), (table, name)
            assert personal or not rule.export, (table, name)
            assert personal or not rule.protected, (table, name)


def test_what_an_order_hides() -> None:
    hidden = {
        (table, name) for table, rules in TABLES.items() for name, rule in rules.items() if rule.protected
    }
    assert ("members_party", "home_municipality") in hidden
    assert {name for table, name in hidden if table == "members_contactpoint"} >= {
        "value",
        "postal_code",
        "city",
    }
    assert ("members_party", "display_name") not in hidden
