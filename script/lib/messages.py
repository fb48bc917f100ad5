"""Message catalogues: collecting the messages, and finding what is not translated yet."""

import os
import re
import subprocess
import sys
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("fi", "sv")
OPTIONS = [
    "--no-location",
    "--no-wrap",
    "--no-obsolete",
    "--ignore=tests",
    "--ignore=script",
    "--ignore=.*",
    "--ignore=var",
]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def collect(root: Path) -> None:
    """Bring the catalogues under `root/locale` up to date with the code under `root`; guesses are left out."""
    languages = [option for language in LANGUAGES for option in ("-l", language)]
    command = [sys.executable, "manage.py", "makemessages", "--verbosity", "0", *languages, *OPTIONS]
    environment = os.environ | {"VAR_DIR": os.environ.get("VAR_DIR", str(ROOT / "var"))}
    (root / "locale").mkdir(exist_ok=True)
    subprocess.run(command, cwd=root, env=environment, check=True)
    for language in LANGUAGES:
        tidy(catalogue(root, language), language)


def catalogue(root: Path, language: str) -> Path:
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def tidy(path: Path, language: str) -> None:
    """Sorted and without dates, so that two people's changes seldom meet; a fuzzy guess is no translation."""
    entries = polib.pofile(str(path), wrapwidth=0)
    for entry in entries:
        if entry.fuzzy:
            entry.flags.remove("fuzzy")
            entry.msgstr = ""
            entry.msgstr_plural = dict.fromkeys(entry.msgstr_plural, "")
            entry.previous_msgid = entry.previous_msgid_plural = entry.previous_msgctxt = None
    entries.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))
    entries.header = ""
    kept = ("MIME-Version", "Content-Type", "Content-Transfer-Encoding")
    entries.metadata = {"Project-Id-Version": "Jäsenpalvelu", "Language": language} | {
        name: value for name, value in entries.metadata.items() if name in kept
    }
    entries.metadata["Plural-Forms"] = "nplurals=2; plural=(n != 1);"
    entries.save(str(path))


def problems(path: Path) -> list[str]:
    """What keeps a catalogue from being complete."""
    found = []
    for entry in polib.pofile(str(path)):
        if entry.obsolete:
            continue
        if entry.fuzzy:
            found.append(f"fuzzy: {entry.msgid}")
        elif not entry.translated():
            found.append(f"not translated: {entry.msgid}")
        elif wrong_placeholders(entry):
            found.append(f"other placeholders than in the source: {entry.msgid}")
    return found


def wrong_placeholders(entry: polib.POEntry) -> bool:
    """A translation may leave a plural form's number out, but may not name what the source does not give."""
    given = set(PLACEHOLDER.findall(entry.msgid + entry.msgid_plural))
    texts = list(entry.msgstr_plural.values()) or [entry.msgstr]
    if not {"python-format", "python-brace-format"} & set(entry.flags):
        return False
    required = given if not entry.msgid_plural else set()
    return any(not required <= set(PLACEHOLDER.findall(text)) <= given for text in texts)


if __name__ == "__main__":
    collect(ROOT)
    for language in LANGUAGES:
        for problem in problems(catalogue(ROOT, language)):
            print(f"{language}: {problem}")
