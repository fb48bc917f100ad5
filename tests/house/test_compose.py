"""The production shape, checked as far as it can be without a container engine."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

ROOT: Path = settings.BASE_DIR
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("web", "worker", "mailer", "beat", "migrate")


def test_it_follows_the_compose_specification() -> None:
    command = [Path(sys.executable).parent / "check-jsonschema", "--builtin-schema", "vendor.compose-spec"]
    result = subprocess.run(
        [*command, ROOT / "docker-compose.yml"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_everything_that_runs_is_there_and_watched() -> None:
    assert set(SERVICES) == {"proxy", "migrate", "web", "worker", "mailer", "beat", "postgres", "redis"}
    assert {name for name, service in SERVICES.items() if "healthcheck" not in service} == {"migrate"}
    assert SERVICES["postgres"]["image"] == "postgres:18"
    assert "noeviction" in SERVICES["redis"]["command"]


def test_only_the_proxy_is_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]


def test_every_dependency_waits_for_health() -> None:
    for service in SERVICES.values():
        for name, condition in service.get("depends_on", {}).items():
            expected = "service_completed_successfully" if name == "migrate" else "service_healthy"
            assert condition["condition"] == expected
            assert name in SERVICES


def test_volumes_are_declared_and_used() -> None:
    used = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith(".")
    }
    assert used == set(COMPOSE["volumes"])
    assert all((ROOT / "deploy" / name).exists() for name in re.findall(r"\./deploy/(\w+)", TEXT))


def test_every_value_asked_for_is_in_the_example() -> None:
    asked = set(re.findall(r"\$\{(\w+):\?", TEXT))
    example = (ROOT / "deploy" / "env.example").read_text()
    assert asked == set(re.findall(r"^(\w+)=", example, re.MULTILINE))


def test_the_application_knows_every_variable_it_is_given() -> None:
    source = (ROOT / "jasenpalvelu" / "settings.py").read_text() + (
        ROOT / "jasenpalvelu" / "embedded.py"
    ).read_text()
    for name in OURS:
        for variable in SERVICES[name]["environment"]:
            assert f'"{variable}"' in source


def test_workers_listen_to_every_queue() -> None:
    commands = [SERVICES[name]["command"] for name in ("worker", "mailer")]
    listened = [queue for one in commands for queue in one[one.index("--queues") + 1].split(",")]
    assert sorted(listened) == sorted(queue.name for queue in settings.CELERY_TASK_QUEUES)


def test_a_migration_does_not_wait_for_ever_while_people_queue_behind_it() -> None:
    assert SERVICES["migrate"]["environment"]["LOCK_TIMEOUT"] == "10s"
    assert SERVICES["migrate"]["environment"].keys() > SERVICES["web"]["environment"].keys()
    shown = subprocess.run(
        [sys.executable, "-c", "import django; django.setup(); from django.db import connection as c;"
         "k = c.cursor(); k.execute('SHOW lock_timeout'); print(k.fetchone()[0])"],
        capture_output=True, text=True, check=True, cwd=ROOT,
        env=os.environ | {"LOCK_TIMEOUT": "10s", "DJANGO_SETTINGS_MODULE": "jasenpalvelu.settings"},
    )  # fmt: skip
    assert shown.stdout.strip() == "10s"


@pytest.mark.parametrize("name", OURS)
def test_our_containers_are_locked_down(name: str) -> None:
    assert SERVICES[name]["read_only"] is True
    assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]


def test_the_image_is_locked_and_not_root() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "--require-hashes" in dockerfile
    assert re.findall(r"^USER (\w+)", dockerfile, re.MULTILINE)[-1] == "jasenpalvelu"
    bootstrap = (ROOT / "script" / "lib" / "bootstrap.py").read_text()
    libraries = re.findall(r'"(lib[\w.-]+)": "', bootstrap)
    assert len(libraries) >= 4
    assert all(library in dockerfile for library in libraries)
