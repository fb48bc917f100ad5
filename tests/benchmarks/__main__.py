"""`script/benchmark`: prepare a federation of the wanted size, then measure."""

import argparse
import importlib
import importlib.util
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(
    module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]) if module.name[0] != "_"
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/benchmark", description="\n".join(map(described, NAMES)))
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("name", choices=NAMES, nargs="?")
    parser.add_argument("--persons", type=int, default=20_000)
    options = parser.parse_args()
    if options.name is None:
        parser.print_help()
        return 0
    os.environ.setdefault("VAR_DIR", str(ROOT / "var" / f"benchmark-{options.persons}"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jasenpalvelu.settings")
    from jasenpalvelu import embedded

    var = Path(os.environ["VAR_DIR"])
    with embedded.held(var):
        prepare(var, options.persons)
        measure(options.name, options.persons)
    return 0


def described(name: str) -> str:
    module = importlib.util.find_spec(f"tests.benchmarks.{name}")
    source = Path(module.origin).read_text() if module and module.origin else ""
    return f"  {name}: {source.strip().strip(chr(34)).splitlines()[0].strip(chr(34))}"


def prepare(var: Path, persons: int) -> None:
    """Progress goes to the error stream, so that only figures are printed."""
    from jasenpalvelu import embedded

    manage = [sys.executable, str(ROOT / "manage.py")]
    subprocess.run([*manage, "migrate", "--no-input", "--verbosity", "0"], check=True, stdout=sys.stderr)
    if embedded.needs_postgres() and embedded.is_empty(var, "members_party"):
        subprocess.run([*manage, "demo", "--persons", str(persons)], check=True, stdout=sys.stderr)


def measure(name: str, persons: int) -> None:
    import django

    django.setup()
    for figure in importlib.import_module(f"tests.benchmarks.{name}").measure(persons):
        print(figure, flush=True)


if __name__ == "__main__":
    sys.exit(main())
