"""How the rows of a batch are read: its mapping and options in the form the pure modules want."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q

from jasenpalvelu.common.sorting import fold
from members.importing.rows import Reader, Type
from members.models import ImportBatch, MembershipType
from members.models.memberships import FEDERATION_TYPES


def reader_of(batch: ImportBatch, *, on: date) -> Reader:
    """`on` is the day the check or the saving was asked for; it stays the same however long the work takes."""
    options: dict[str, Any] = batch.options
    types = known_types(batch.unit_id)
    started = options.get("started_on")
    return Reader(
        mapping={int(column): key for column, key in batch.mapping.items()},
        types=names_of(types),
        by_id={t.pk: _as_type(t) for t in types},
        on=on,
        default_type=options.get("type"),
        default_type_organisation=options.get("type_organisation"),
        default_started_on=date.fromisoformat(started) if started else None,
        default_language=(batch.unit.languages or ["fi"])[0],
        default_municipality=batch.unit.home_municipality,
        clear_empty=options.get("empty") == "clear",
        lenient=bool(options.get("lenient")),
    )


def known_types(unit_id: int) -> list[MembershipType]:
    """The association's own types first, then the common ones; those not offered any more are understood too."""
    rows = MembershipType.objects.filter(Q(unit_id=unit_id) | Q(unit__isnull=True))
    return sorted(rows.order_by("position", "pk"), key=lambda t: (t.unit_id is None, not t.active))


def names_of(types: list[MembershipType]) -> dict[str, Type]:
    """Every way a type may be written: its names, the federation's code and the code's name in three languages."""
    names: dict[str, Type] = {}
    for t in types:
        for name in (t.name_fi, t.name_sv, t.name_en, t.federation_code, t.federation_code.replace("_", " ")):
            if name:
                names.setdefault(fold(name), _as_type(t))
    for code, words in FEDERATION_WORDS.items():
        found = names.get(fold(code))
        for word in words.split("|") if found else ():
            names.setdefault(fold(word), found)  # type: ignore[arg-type]
    return names


# What associations write of the federation's common types.
FEDERATION_WORDS = {
    "farmer": "maatalousyrittäjä|viljelijä|maanviljelijä|tuottajajäsen|tuottaja|lantbrukare|lantbruksföretagare",
    "forest_owner": "metsänomistaja|metsänomistajajäsen|skogsägare",
    "rural_entrepreneur": "maaseutuyrittäjä|landsbygdsföretagare",
    "joint_forest": "yhteismetsä|samfälld skog",
    "personal": "henkilöjäsen|varsinainen jäsen|varsinainen|personmedlem|ordinarie medlem",
    "student": "opiskelija|opiskelijajäsen|studerande|studerandemedlem",
    "supporting": "kannattaja|kannatusjäsen|kannattajajäsen|understödande medlem|stödmedlem",
    "honorary": "kunniajäsen|hedersmedlem",
    "community": "yhteisö|yhteisöjäsen|samfundsmedlem",
    "family_member": "perheenjäsen|perhejäsen|familjemedlem",
}
assert set(FEDERATION_WORDS) == {code for code, _ in FEDERATION_TYPES}


def _as_type(t: MembershipType) -> Type:
    return Type(t.pk, tuple(t.for_kinds), t.needs_holding, t.min_age)
