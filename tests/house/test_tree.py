"""What every clone must have and must not have."""

import re
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.core.management import call_command

from jasenpalvelu.common import catalogues

ROOT: Path = settings.BASE_DIR


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_lock_files_hold_names_versions_and_hashes_only(name: str) -> None:
    line = re.compile(r"[a-z0-9.-]+==[\w.]+( ; [\w .'!=<>()]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert [text for text in (ROOT / name).read_text().splitlines() if not line.fullmatch(text)] == []


def test_everything_asked_for_is_locked() -> None:
    for source, lock in (
        ("requirements.in", "requirements.txt"),
        ("requirements-dev.in", "requirements-dev.txt"),
    ):
        asked = {
            re.split(r"[<>=\[;]", text)[0].lower().replace("_", "-")
            for text in (ROOT / source).read_text().split()
        }
        locked = set(re.findall(r"^([a-z0-9.-]+)==", (ROOT / lock).read_text(), re.MULTILINE))
        assert {name for name in asked if name[:1].isalpha() and name != "-c"} - locked <= {
            "requirements.txt"
        }


@pytest.mark.parametrize(
    "script", ["server", "test", "check", "bootstrap", "manage", "benchmark", "messages", "lock"]
)
def test_scripts_are_executable_and_start_from_anywhere(script: str) -> None:
    path = ROOT / "script" / script
    assert path.stat().st_mode & 0o111
    assert 'cd "$(dirname "$0")/.."' in path.read_text()
    subprocess.run(["sh", "-n", path], check=True)


def test_catalogues_compile_without_gettext(tmp_path: Path) -> None:
    folder = tmp_path / "fi" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = polib.POFile()
    source.metadata = {"Content-Type": "text/plain; charset=UTF-8"}
    source.append(polib.POEntry(msgid="Add member", msgstr="Lisää jäsen"))
    source.save(str(folder / "django.po"))
    assert catalogues.compile_all(tmp_path) == [folder / "django.mo"]
    assert polib.mofile(str(folder / "django.mo"))[0].msgstr == "Lisää jäsen"
    assert catalogues.compile_all(tmp_path) == []


def test_style_sheets_and_scripts_name_only_files_that_exist(tmp_path: Path) -> None:
    """The production storage refuses a style sheet whose picture or font is missing."""
    code = (
        "import django; django.setup(); from django.conf import settings; from django.core.management import call_command\n"
        "settings.STORAGES['staticfiles'] = {'BACKEND': 'django.contrib.staticfiles.storage.ManifestStaticFilesStorage'}\n"
        "call_command('collectstatic', '--no-input')"
    )
    environment = {
        "DJANGO_SETTINGS_MODULE": "jasenpalvelu.settings",
        "DATABASE_URL": "postgres://none/none",
        "REDIS_URL": "redis://none",
        "SECRET_KEY": "only-for-collecting",
        "STATIC_ROOT": str(tmp_path),
        "PATH": "/usr/bin:/bin",
    }
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "staticfiles.json").exists()


@pytest.mark.django_db
def test_migrations_hold_every_model() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
