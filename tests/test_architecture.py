"""Layers: imports are import-linter's (`script/check`), foreign keys are checked here against the same order."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models

ROOT: Path = settings.BASE_DIR
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
LAYERS: list[str] = CONTRACTS[0]["layers"]
HEIGHT = {
    module.strip(): len(LAYERS) - number
    for number, layer in enumerate(LAYERS)
    for module in layer.replace("|", ":").split(":")
}
OURS = [config for config in apps.get_app_configs() if config.name in HEIGHT]


def references() -> Iterator[tuple[models.Field, type[models.Model]]]:
    for config in OURS:
        for model in config.get_models(include_auto_created=True):
            for field in model._meta.get_fields(include_hidden=True):
                if field.is_relation and getattr(field, "remote_field", None) and not field.auto_created:
                    yield field, field.related_model


def test_every_own_app_stands_on_a_layer() -> None:
    assert {config.label for config in OURS} >= {
        "accounts",
        "audit",
        "jobs",
        "web",
        "members",
        "communications",
        "billing",
    }
    own = [name for name in settings.INSTALLED_APPS if (ROOT / name.replace(".", "/")).exists()]
    assert set(own) <= HEIGHT.keys()


def test_foreign_keys_point_downwards() -> None:
    """Beside one's own app only to lower ones; the account of a person may also be pointed at from the same layer."""
    upwards = []
    for field, target in references():
        here, there = field.model._meta.app_config.name, target._meta.app_config.name
        if here == there or there not in HEIGHT:
            continue
        allowed = (
            HEIGHT[there] <= HEIGHT[here] if target is get_user_model() else HEIGHT[there] < HEIGHT[here]
        )
        if not allowed:
            upwards.append(str(field))
    assert upwards == []


def test_no_table_where_none_belongs() -> None:
    assert [model for config in OURS if config.label == "web" for model in config.get_models()] == []
    assert "jasenpalvelu.common" not in {config.name for config in apps.get_app_configs()}


def test_no_generic_keys_no_table_inheritance_and_no_logic_in_save() -> None:
    found = []
    for config in OURS:
        for model in config.get_models():
            found += [field.name for field in model._meta.private_fields]
            found += [f"{model.__name__} inherits {parent.__name__}" for parent in model._meta.parents]
            if "save" in vars(model) or "delete" in vars(model):
                found.append(f"{model.__name__}.save")
    assert found == []


def test_rules_import_without_django() -> None:
    """They are checked by others, who need not install the service."""
    sources = [
        name
        for contract in CONTRACTS
        if "no Django" in contract["name"]
        for name in contract["source_modules"]
    ]
    code = "import importlib, sys\n" + "".join(f"importlib.import_module({name!r})\n" for name in sources)
    code += "sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_no_signals_of_django() -> None:
    """Celery's own signals are something else."""
    sources = [
        *ROOT.glob("jasenpalvelu/**/*.py"),
        *ROOT.glob("members/**/*.py"),
        *ROOT.glob("communications/**/*.py"),
        *ROOT.glob("billing/**/*.py"),
    ]
    found = []
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module in {
                "django.dispatch",
                "django.db.models.signals",
            }:
                found.append(f"{path}:{node.lineno}")
    assert found == []
