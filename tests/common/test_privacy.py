"""Every column of the tables below the register is classified, and no rule outlives its column."""

from types import ModuleType

import pytest
from django.apps import apps

from jasenpalvelu.audit import privacy as audit
from jasenpalvelu.common.privacy import Erase
from jasenpalvelu.jobs import privacy as jobs


@pytest.mark.parametrize(("label", "module"), [("audit", audit), ("jobs", jobs)])
def test_every_column_has_its_rule(label: str, module: ModuleType) -> None:
    models = apps.get_app_config(label).get_models()
    columns = {model._meta.db_table: {f.column for f in model._meta.concrete_fields} for model in models}
    assert {table: set(rules) for table, rules in module.TABLES.items()} == columns


@pytest.mark.parametrize("module", [audit, jobs])
def test_personal_columns_have_a_class_and_an_erasure_rule(module: ModuleType) -> None:
    for table, rules in module.TABLES.items():
        for name, rule in rules.items():
            assert (rule.field_class != "") == (rule.erase != Erase.NONE), (table, name)
