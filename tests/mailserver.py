"""A mail server on this machine for tests: it keeps what it is sent, and refuses the addresses it is told to."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_string
from email.message import Message


class MailServer(socketserver.ThreadingTCPServer):
    """`refuses`: address → answer to it as a recipient, such as "550 5.1.1 unknown". `pause`: seconds for each message."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.refuses: dict[str, str] = {}
        self.pause = 0.0
        self.got: list[tuple[str, Message]] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def recipients(self) -> list[str]:
        return [address for address, _message in self.got]


class _Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 test")
        address = ""
        while line := self.rfile.readline().decode().strip():
            verb = line.split(":")[0].split(" ")[0].upper()
            if verb == "RCPT":
                address = line.split("<")[1].split(">")[0]
                self._say(self.server.refuses.get(address, "250 ok"))
            elif verb == "DATA":
                self._say("354 go on")
                self.server.got.append((address, self._message()))
                time.sleep(self.server.pause)
                self._say("250 taken")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _message(self) -> Message:
        lines = []
        while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
            lines.append(line)
        return message_from_string("\n".join(lines))

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def running() -> Iterator[MailServer]:
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
