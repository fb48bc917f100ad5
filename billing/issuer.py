"""The creditor as printed on a document: frozen into `Issuer.data` when a run is issued, read back when one is printed."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from billing.documents.model import Sender
from billing.models import Issuer
from jasenpalvelu.common.identifiers import bic_of
from members.models import OrgUnit

LANGUAGES = ("fi", "sv", "en")


def snapshot(unit: OrgUnit) -> Issuer:
    """The issuer row of the unit as it stands now; the same facts give the same row. Call inside a transaction."""
    data = {
        "names": {language: unit.name_in(language) for language in LANGUAGES},
        "y_tunnus": unit.y_tunnus,
        "street": unit.street,
        "postal_code": unit.postal_code,
        "city": unit.city,
        "email": unit.email,
        "phone": unit.phone,
        "website": unit.website,
        "iban": unit.iban,
        "bic": unit.bic or _bic(unit.iban),
    }
    digest = hashlib.sha256(json.dumps([data, unit.logo.name], sort_keys=True).encode()).hexdigest()
    issuer, _created = Issuer.objects.get_or_create(
        creditor=unit, sha256=digest, defaults={"data": data, "logo": unit.logo.name or ""}
    )
    return issuer


def sender(issuer: Issuer, language: str) -> Sender:
    """The sender block in the payer's language. Names and account holder are one and the same string."""
    data: dict[str, Any] = issuer.data
    names = data.get("names") or {}
    name = names.get(language) or names.get("fi") or ""
    place = " ".join(part for part in (data.get("postal_code"), data.get("city")) if part)
    address = ", ".join(part for part in (data.get("street"), place) if part)
    y_tunnus = f"{_Y_TUNNUS[language]} {data['y_tunnus']}" if data.get("y_tunnus") else ""
    first = " · ".join(part for part in (address, y_tunnus) if part)
    second = " · ".join(part for part in (data.get("phone"), data.get("email")) if part)
    return Sender(
        name=name,
        details=tuple(line for line in (first, second) if line),
        return_line=f"{_RETURN[language]}: {name}, {address}" if address else "",
        iban=data.get("iban", ""),
        bic=data.get("bic", ""),
        account_holder=name,
        logo=_logo(issuer),
    )


_Y_TUNNUS = {"fi": "Y-tunnus", "sv": "FO-nummer", "en": "Business ID"}
_RETURN = {"fi": "Palautus", "sv": "Retur", "en": "Return"}


def _bic(iban: str) -> str:
    try:
        return bic_of(iban)
    except ValueError:
        return ""


def _logo(issuer: Issuer) -> bytes | None:
    if not issuer.logo:
        return None
    try:
        with issuer.logo.open("rb") as file:
            return bytes(file.read())
    except FileNotFoundError:
        return None
