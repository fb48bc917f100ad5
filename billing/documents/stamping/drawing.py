"""What differs between the documents of a form, as the operators of a page: texts, the bank barcode, the QR code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing.documents.stamping import bars, qr
from billing.documents.stamping.faces import Unfit, face
from billing.documents.stamping.reading import Code, Text
from billing.documents.stamping.template import Field, TemplatePage
from billing.formats.barcode import MODULES

# Points by which WeasyPrint's rounding may differ.
_SLACK = 0.02
_PLACE = b"1 0 0 1 %.3f %.3f Tm\n"


class Plan:
    """One page of a form made ready: all of a field that does not depend on its text is put together once."""

    def __init__(self, page: TemplatePage) -> None:
        styles: dict[bytes, bytes] = {}
        self._steps: list[Any] = []
        for field in sorted(page.fields, key=lambda field: (field.weight, field.size, field.colour)):
            style, *rest = _steps(field)
            font = face(field.weight, field.size)
            self._steps.append((field.id, font.line, font.lines, styles.setdefault(style, style), *rest))
        self._areas = page.areas

    def own(self, texts: Mapping[str, Text], codes: tuple[Code, ...]) -> bytes:
        """What is this document's own of the page. Unfit when a text is wider than its place."""
        out = [b"BT\n"]
        state: object = None
        add, get = out.append, texts.get
        for name, shape, lines, style, fixed, edge, share, room, baseline, leading, exact in self._steps:
            text = get(name)
            if not text:
                continue
            if style is not state:
                add(style)
                state = style
            if text.__class__ is not str:
                y = baseline
                for line in text:
                    shown, width = shape(line)
                    if width > room:
                        raise Unfit(f"{name} is wider than its place")
                    add(_PLACE % (edge - width * share, y) + shown)
                    y -= leading
                continue
            shown, width = lines.get(text) or shape(text)
            if width > room or (exact is not None and abs(width - exact) > _SLACK):
                raise Unfit(f"{name} is wider than its place")
            if fixed:
                add(fixed)
            else:
                add(_PLACE % (edge - width * share, baseline))
            add(shown)
        out.append(b"ET\n0 g\n")
        for code in codes:
            self._code(code, out)
        return b"".join(out)

    def _code(self, code: Code, out: list[bytes]) -> None:
        bar, square = self._areas.get(f"bar{code.suffix}"), self._areas.get(f"qr{code.suffix}")
        if bar is None or square is None:
            return
        place = (bar.width / MODULES, bar.height, bar.left, bar.top - bar.height)
        out += [b"q %.5f 0 0 %.4f %.3f %.3f cm\n" % place, bars.drawn(code.digits), b"f Q\n"]
        family = qr.family(code.payload)
        out += [
            _square(family, square.left, square.top, square.width),
            family.changing(code.payload),
            b"f Q\n",
        ]

    def shared(self, codes: tuple[Code, ...]) -> list[tuple[tuple[str, float, float], bytes]]:
        """What the page has in common with others of the QR codes' families: key and operators."""
        found = []
        for code in codes:
            square = self._areas.get(f"qr{code.suffix}")
            if square is not None:
                family = qr.family(code.payload)
                place = _square(family, square.left, square.top, square.width)
                found.append(((family.zeroed, square.left, square.top), place + family.const + b"f Q\n"))
        return found


def _square(family: qr.Family, left: float, top: float, width: float) -> bytes:
    module = width / family.size
    return b"q %.5f 0 0 %.5f %.3f %.3f cm\n" % (module, -module, left, top)


def _steps(field: Field) -> tuple[bytes, bytes, float, float, float, float, float, float | None]:
    """Style, the whole place when it does not depend on the text, edge, the share of a text's width before the edge, room,
    baseline, leading, exact width."""
    size = face(field.weight, field.size).size
    style = b"%.4g %.4g %.4g rg /S%d %.6g Tf\n" % (*field.colour, field.weight, size)
    edge, share, room = field.left, 0.0, float("inf")
    if field.right is not None:
        room = field.right - field.left + _SLACK
        if field.align == "right":
            edge, share = field.right, 1.0
        elif field.align == "center":
            edge, share = (field.left + field.right) / 2, 0.5
    fixed = b"" if share else _PLACE % (edge, field.baseline)
    return style, fixed, edge, share, room, field.baseline, field.leading, field.fixed_width
