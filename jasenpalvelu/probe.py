"""Health of one process, asked from inside its container: `python -m jasenpalvelu.probe web|worker|beat`."""

import os
import socket
import sys
from http.client import HTTPConnection


def web() -> bool:
    """Asked as the proxy would: by the service's own name and over what counts as HTTPS."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0]
    connection = HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=5)
    connection.request("GET", "/terveys/", headers={"Host": host, "X-Forwarded-Proto": "https"})
    return connection.getresponse().status == 200


def worker() -> bool:
    return _beats(f"worker:celery@{socket.gethostname()}")


def beat() -> bool:
    return _beats("beat")


def _beats(name: str) -> bool:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jasenpalvelu.settings")
    from jasenpalvelu import heartbeat

    return heartbeat.beats(name)


if __name__ == "__main__":
    sys.exit(0 if {"web": web, "worker": worker, "beat": beat}[sys.argv[1]]() else 1)
