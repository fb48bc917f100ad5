"""Colours that read, pictures written anew, links that are looked at only where they may be."""

import http.client
import random
import socket
import time
from contextlib import suppress
from io import BytesIO
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from communications import images
from communications.images import ImageError
from communications.letters import colours, fetching, pictures
from communications.letters.fetching import Found, connection_to, look

HEX = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(HEX)
def test_words_on_any_colour_and_links_of_it_can_be_read(colour: str) -> None:
    assert colours.contrast(colours.on(colour), colour) >= colours.ENOUGH
    assert colours.contrast(colours.for_links(colour), colours.WHITE) >= colours.ENOUGH


def test_a_colour_is_six_digits() -> None:
    assert colours.is_colour("#1b4932")
    for wrong in ("", "#fff", "red", "#1b4932;background:url(//x)", "#1b493g"):
        assert not colours.is_colour(wrong)


# --- pictures -----------------------------------------------------------------------------------------------------------
def _file(form: str, size: tuple[int, int] = (40, 20), mode: str = "RGB", **values: Any) -> bytes:
    kept = BytesIO()
    Image.new(mode, size, values.pop("colour", "red")).save(kept, form, **values)
    return kept.getvalue()


@pytest.mark.parametrize(
    ("form", "extension"), [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "jpg"), ("GIF", "png")]
)
def test_each_kind_becomes_what_every_mail_program_shows(form: str, extension: str) -> None:
    kept = pictures.read(_file(form))
    assert (kept.extension, kept.width, kept.height) == (extension, 40, 20)
    assert Image.open(BytesIO(kept.data)).format in {"PNG", "JPEG"}


def test_a_large_picture_is_made_smaller_and_tells_no_place() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Kamera"
    kept = pictures.read(_file("JPEG", (3000, 1500), exif=exif))
    assert (kept.width, kept.height) == (1200, 600)
    assert b"Kamera" not in kept.data
    assert not Image.open(BytesIO(kept.data)).getexif()


def test_what_is_seen_through_stays_so() -> None:
    kept = pictures.read(_file("PNG", mode="RGBA", colour=(255, 0, 0, 0)))
    assert Image.open(BytesIO(kept.data)).mode == "RGBA"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "type"),
        (b"GIF89a<script>alert(1)</script>", "broken"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 50, "broken"),
        (b"\xff\xd8\xff" + b"0" * (images.LARGEST + 1), "large"),
        (b"", "type"),
    ],
)
def test_what_is_no_picture_is_not_taken(data: bytes, code: str) -> None:
    with pytest.raises(ImageError) as error:
        pictures.read(data)
    assert error.value.code == code


def test_a_picture_of_too_many_dots_is_not_opened() -> None:
    with pytest.raises(ImageError) as error:
        pictures.read(_file("PNG", (8000, 6000), mode="L", colour=0))
    assert error.value.code == "pixels"


# --- links --------------------------------------------------------------------------------------------------------------
class _Answer:
    def __init__(self, status: int, location: str = "") -> None:
        self.status, self.location = status, location

    def read(self, amount: int) -> bytes:
        return b"x" * min(amount, 10)

    def getheader(self, name: str) -> str:
        return self.location


class _Net:
    """Hosts by name: their addresses, and what they answer to (method, path)."""

    def __init__(self, hosts: dict[str, list[str]], answers: dict[tuple[str, str, str], _Answer]) -> None:
        self.hosts, self.answers = hosts, answers
        self.asked: list[tuple[str, str, str, str]] = []

    def resolve(self, host: str, port: int) -> list[str]:
        if host not in self.hosts:
            raise socket.gaierror
        return self.hosts[host]

    def connect(self, scheme: str, host: str, target: str, port: int) -> Any:
        net = self

        class Connection:
            def request(self, method: str, path: str, headers: dict[str, str]) -> None:
                assert "Cookie" not in headers
                net.asked.append((method, host, target, path))
                self.key = (method, host, path)

            def getresponse(self) -> _Answer:
                found = net.answers.get(self.key)
                if found is None:
                    raise http.client.HTTPException
                return found

            def close(self) -> None:
                pass

        return Connection()

    def look(self, address: str) -> Found:
        return look(address, resolve=self.resolve, connect=self.connect)


PUBLIC = "93.184.215.14"


def test_a_page_that_opens() -> None:
    net = _Net({"a.example": [PUBLIC]}, {("HEAD", "a.example", "/x?y=1"): _Answer(200)})
    assert net.look("https://a.example/x?y=1") == Found("ok", "200")
    assert net.asked == [("HEAD", "a.example", PUBLIC, "/x?y=1")]


def test_head_refused_is_asked_by_get() -> None:
    answers = {("HEAD", "a.example", "/"): _Answer(405), ("GET", "a.example", "/"): _Answer(200)}
    assert _Net({"a.example": [PUBLIC]}, answers).look("http://a.example/").state == "ok"


def test_a_page_that_is_not_there() -> None:
    answers = {(method, "a.example", "/"): _Answer(404) for method in ("HEAD", "GET")}
    assert _Net({"a.example": [PUBLIC]}, answers).look("http://a.example/") == Found("dead", "404")
    assert _Net({}, {}).look("http://ei-ole.example/") == Found("dead", "dns")


@pytest.mark.parametrize(
    "inner",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1", "fe80::1",
        "fd00::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "2002:7f00:1::", "224.0.0.1", "::",
        "fec0::1", "192.0.0.8", "192.88.99.1", "198.18.0.1", "203.0.113.9", "240.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1",
        "2001:db8::1", "2001::1", "3fff::1", "5f00::1", "ff02::1", "::7f00:1", "255.255.255.255",
    ],
)  # fmt: skip
def test_inner_addresses_are_never_asked(inner: str) -> None:
    net = _Net({"a.example": [PUBLIC, inner]}, {})
    assert net.look("http://a.example/").state == "private"
    assert net.asked == []


@pytest.mark.parametrize("address", ["93.184.215.14", "2a00:1450::1", "64:ff9b::5db8:d70e", "2600::1"])
def test_public_addresses_are_asked(address: str) -> None:
    net = _Net({"a.example": [address]}, {("HEAD", "a.example", "/"): _Answer(200)})
    assert net.look("http://a.example/").state == "ok"


def _dripping(server: socket.socket, end: Event) -> None:
    """A header every little while, and never the last one."""
    with suppress(OSError):
        while not end.is_set():
            asked, _place = server.accept()
            with asked, suppress(OSError):
                asked.recv(4096)
                asked.sendall(b"HTTP/1.1 200 OK\r\n")
                while not end.wait(0.1):
                    asked.sendall(b"X-Slow: 1\r\n")


def test_a_server_that_never_ends_its_answer_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each piece comes in time, so only the time of the whole ends it."""
    monkeypatch.setattr(fetching, "ALTOGETHER", 1.0)
    end = Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        Thread(target=_dripping, args=(server, end), daemon=True).start()
        begun = time.monotonic()
        look(
            "http://slow.example/",
            resolve=lambda host, port: [PUBLIC],
            connect=lambda scheme, host, target, _port: connection_to(scheme, host, "127.0.0.1", port),
        )
        assert time.monotonic() - begun < 5
        end.set()


def test_a_redirect_to_an_inner_address_is_not_followed() -> None:
    hosts = {"a.example": [PUBLIC], "inner.example": ["10.0.0.1"]}
    for onwards in (
        "http://inner.example/secret",
        "file:///etc/passwd",
        "gopher://a.example/",
        "http://a.example:6379/",
    ):
        net = _Net(hosts, {("HEAD", "a.example", "/"): _Answer(302, onwards)})
        assert net.look("http://a.example/").state in {"private", "dead"}
        assert len(net.asked) == 1


def test_redirects_end() -> None:
    net = _Net({"a.example": [PUBLIC]}, {("HEAD", "a.example", "/"): _Answer(302, "/")})
    assert net.look("http://a.example/") == Found("dead", "loop")
    assert len(net.asked) == 5


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "ftp://a.example/",
        "http://a.example:22/",
        "http://user:pw@a.example/",
        "http:///x",
        "//a.example",
        "http://[::1",
    ],
)
def test_only_http_on_its_own_ports_is_asked(address: str) -> None:
    net = _Net({"a.example": [PUBLIC]}, {})
    assert net.look(address).state in {"dead", "unsure"}
    assert net.asked == []


def test_a_line_break_in_an_address_reaches_nobody() -> None:
    net = _Net({"a.example": [PUBLIC]}, {})
    assert net.look("http://a.example/\r\nHost: b.example").state != "ok"


@pytest.mark.parametrize("form", ["WEBP", "JPEG", "GIF", "PNG"])
def test_a_broken_picture_is_called_broken_whatever_its_decoder_says(form: str) -> None:
    told = Image.Exif()
    told[0x0112], told[0x8825] = 6, {1: "N", 2: (60.0, 10.0, 5.0)}
    data, lot = BytesIO(), random.Random(5)
    Image.linear_gradient("L").convert("RGB").save(data, form, exif=told)
    for _n in range(150):
        broken = bytearray(data.getvalue())
        for _place in range(lot.randint(1, 20)):
            broken[lot.randrange(len(broken))] = lot.randrange(256)
        for read in (pictures.read, images.read_image):
            with suppress(ImageError):
                read(bytes(broken))


def test_a_picture_of_too_many_dots_is_not_decoded() -> None:
    data = BytesIO()
    Image.new("1", (5000, 5000)).save(data, "PNG")
    for read in (pictures.read, images.read_image):
        with pytest.raises(ImageError, match="pixels"):
            read(data.getvalue())
