"""The golden vectors of billing: references, codes, money, files."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
VECTORS: dict[str, Any] = json.loads((DATA / "vectors.json").read_text(encoding="utf-8"))


def money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
