"""A mail server that swallows everything, as a process of its own: fast, pipelined, and it writes down what it took.

    with sink.running(tmp_path) as server: server.port, server.taken() → [(recipient, Message-ID, envelope sender)]

`rules` by recipient address or domain: {"refuse": {"who": "550 5.1.1 unknown"}, "slow": {"who": seconds}, "data": {"who": "451 4.3.0"},
"mail": "421 4.7.0 …" to every sender, "drop": {"who": true} the connection breaks after the message came, before its answer}.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


class _Conversation:
    def __init__(
        self, reader: Any, writer: Any, record: Any, rules: dict[str, Any], whole: Path | None
    ) -> None:
        self.reader, self.writer, self.record, self.rules = reader, writer, record, rules
        self.whole = whole
        self.sender = self.recipient = ""
        self.refused = False

    async def run(self) -> None:
        self.say("220 sink ESMTP")
        while line := await self.reader.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                self.say("250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES")
            elif verb == b"MAIL":
                self.sender, self.refused = _address(line), False
                self.say(self.rules.get("mail", "250 2.1.0 ok"))
            elif verb == b"RCPT":
                self.recipient = _address(line)
                await asyncio.sleep(self.rule("slow") or 0)
                answer = self.rule("refuse")
                self.refused = bool(answer)
                self.say(answer or "250 2.1.5 ok")
            elif verb == b"DATA":
                if self.refused or "mail" in self.rules:
                    self.say("554 5.5.1 no valid recipients")
                elif not await self.data():
                    return
            elif verb == b"QUIT":
                self.say("221 2.0.0 bye")
                return
            else:
                self.say("250 2.0.0 ok")

    async def data(self) -> bool:
        self.say("354 go on")
        await self.writer.drain()
        content = await self.reader.readuntil(b"\r\n.\r\n")
        answer = self.rule("data")
        if not answer:
            self.take(content)
        if self.rule("drop"):
            self.writer.transport.abort()
            return False
        self.say(answer or "250 2.0.0 queued as 1A2B")
        return True

    def take(self, content: bytes) -> None:
        start = content.index(b"Message-ID: ") + 12
        told = content[start : content.index(b"\r\n", start)].decode()
        self.record.write(f"{self.recipient}\t{told}\t{self.sender}\n")
        if self.whole is not None:
            (self.whole / f"{told.strip('<>').partition('@')[0]}.eml").write_bytes(content[:-5] + b"\r\n")

    def rule(self, name: str) -> Any:
        rules = self.rules.get(name, {})
        return rules.get(self.recipient) or rules.get(self.recipient.rpartition("@")[2])

    def say(self, text: str) -> None:
        self.writer.write(f"{text}\r\n".encode())


def _address(line: bytes) -> str:
    return line.decode().partition("<")[2].partition(">")[0]


async def serve(path: Path, rules_path: Path, keep: bool) -> None:
    rules = json.loads(rules_path.read_text())
    with path.open("a", buffering=1) as record:

        async def talk(reader: Any, writer: Any) -> None:
            try:
                await _Conversation(reader, writer, record, rules, path.parent if keep else None).run()
            except (ConnectionError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0, limit=64 * 1024 * 1024)
        print(server.sockets[0].getsockname()[1], flush=True)
        async with server:
            await server.serve_forever()


@dataclass
class Sink:
    port: int
    record: Path

    def taken(self) -> list[tuple[str, str, str]]:
        """(recipient, Message-ID, envelope sender) of everything taken so far."""
        lines = self.record.read_text().splitlines() if self.record.exists() else []
        return [tuple(line.split("\t")) for line in lines if line.count("\t") == 2]  # type: ignore[misc]

    def message(self, message_id: str) -> bytes:
        return (self.record.parent / f"{message_id.strip('<>').partition('@')[0]}.eml").read_bytes()


@contextmanager
def running(folder: Path, *, rules: dict[str, Any] | None = None, keep: bool = False) -> Iterator[Sink]:
    """`keep`: whole messages as files beside the record."""
    folder.mkdir(parents=True, exist_ok=True)
    record, told = folder / "taken.tsv", folder / "rules.json"
    told.write_text(json.dumps(rules or {}))
    command = [sys.executable, "-m", "tests.sink", str(record), str(told), "keep" if keep else ""]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    try:
        yield Sink(int(process.stdout.readline()), record)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), Path(sys.argv[2]), bool(sys.argv[3])))
