"""Bring a clone to a state where it runs. Uses the standard library only; every step is skipped when already done."""

import ctypes.util
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"

# Debian package: what shows that it, or the same thing from elsewhere, is there.
LIBRARIES = {
    "libpango-1.0-0": "pango-1.0",
    "libpangoft2-1.0-0": "pangoft2-1.0",
    "libharfbuzz-subset0": "harfbuzz-subset",
}
NOTHING = subprocess.DEVNULL
PROGRAMS = {"redis-server": ["redis-server"]}
OPTIONAL = {"libvoikko1": "voikko"}  # Finnish base forms in search; without it words are searched as written
TEST_PROGRAMS = {
    "chromium": ["chromium", "chromium-browser", "google-chrome"],
    "poppler-utils": ["pdftotext"],
    "zbar-tools": ["zbarimg"],
    "gettext": ["msgfmt"],
}


def main() -> None:
    dev = "--dev" in sys.argv[1:]
    with (ROOT / "script" / "lib" / "bootstrap.py").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two starts at once wait for each other
        install_system(dev=dev)
        create_environment()
        install_packages("requirements.txt")
        if dev:
            install_packages("requirements-dev.txt")
        subprocess.run([PYTHON, "-m", "jasenpalvelu.common.catalogues"], cwd=ROOT, check=True)


def install_system(*, dev: bool) -> None:
    needed = missing_packages(dev=dev)
    optional = [package for package, library in OPTIONAL.items() if not ctypes.util.find_library(library)]
    if optional:
        optional.append("voikko-fi")
    if needed or (optional and may_install()):
        install_with_apt([*needed, *optional], required=bool(needed))
    still = missing_packages(dev=dev)
    if still:
        sys.exit(f"Install these packages (Debian's names) and run again: {' '.join(still)}")


def missing_packages(*, dev: bool) -> list[str]:
    programs = PROGRAMS | (TEST_PROGRAMS if dev else {})
    if os.environ.get("REDIS_URL"):
        programs = {package: names for package, names in programs.items() if package != "redis-server"}
    missing = [package for package, library in LIBRARIES.items() if not ctypes.util.find_library(library)]
    missing += [package for package, names in programs.items() if not any(map(shutil.which, names))]
    if not PYTHON.exists() and importlib.util.find_spec("ensurepip") is None:
        missing.append("python3-venv")
    return missing


def may_install() -> bool:
    if shutil.which("apt-get") is None:
        return False
    return os.geteuid() == 0 or sudo_works()


def sudo_works() -> bool:
    if shutil.which("sudo") is None:
        return False
    return subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0


def install_with_apt(packages: list[str], *, required: bool) -> None:
    if not may_install():
        return
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    print(f"Installing {' '.join(packages)} …", flush=True)
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        subprocess.run(
            [*apt, *arguments],
            check=False,
            stdin=NOTHING,
            stdout=NOTHING,
            stderr=None if required else NOTHING,
        )


def create_environment() -> None:
    """A virtual environment; one whose Python has gone (an upgrade, a moved folder) is made again."""
    if (
        PYTHON.exists()
        and not subprocess.run([PYTHON, "-c", "import pip"], capture_output=True, check=False).returncode
    ):
        return
    print("Making the virtual environment …", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)


def install_packages(name: str) -> None:
    """Install one lock file. A stamp of its contents says that it was done."""
    lock = ROOT / name
    stamp = VENV / f"{name}.installed"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"Installing the packages of {name} …", flush=True)
    quietly = ["--quiet", "--quiet", "--disable-pip-version-check", "--no-input"]
    command = [str(PYTHON), "-m", "pip", "install", *quietly, "--require-hashes", "-r", str(lock)]
    subprocess.run(command, check=True, stdin=NOTHING)
    stamp.write_text(wanted)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"This step failed: {' '.join(map(str, error.cmd))}")
    except KeyboardInterrupt:
        sys.exit(130)
