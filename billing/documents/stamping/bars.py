"""The bank barcode as rectangles, one module wide and one high per unit."""

from __future__ import annotations

from functools import lru_cache

from billing.formats.barcode import code128c_symbols, symbol_modules


@lru_cache(maxsize=4096)
def _symbol(place: int, symbol: int) -> bytes:
    """The bars of a symbol at its place; each symbol before it is eleven modules wide."""
    out, start, modules = [], 11 * place, symbol_modules()[symbol] + "0"
    begun: int | None = None
    for at, module in enumerate(modules):
        if module == "1" and begun is None:
            begun = at
        elif module == "0" and begun is not None:
            out.append(b"%d 0 %d 1 re\n" % (start + begun, at - begun))
            begun = None
    return b"".join(out)


def drawn(digits: str) -> bytes:
    """Rectangles of a whole code of 54 digits, 332 modules wide."""
    return b"".join([_symbol(place, symbol) for place, symbol in enumerate(code128c_symbols(digits))])
