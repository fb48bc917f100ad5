"""Lanes: recipients of one mail host queue together, so that a slow host delays its own and nobody else's. Pure.

The large hosts have a lane each; all other domains share sixteen, always the same one for a domain. A message on paper has a
lane of its own that no mail worker takes.
"""

from __future__ import annotations

import re
import zlib

GROUPS: tuple[tuple[str, frozenset[str]], ...] = (
    ("gmail", frozenset({"gmail.com", "googlemail.com"})),
    (
        "microsoft",
        frozenset({"hotmail.com", "hotmail.fi", "outlook.com", "live.com", "live.fi", "msn.com", "windowslive.com"}),
    ),
    ("yahoo", frozenset({"yahoo.com", "yahoo.fi", "ymail.com", "aol.com"})),
    ("apple", frozenset({"icloud.com", "me.com", "mac.com"})),
    (
        "finnish",
        frozenset(
            {
                "elisanet.fi", "kolumbus.fi", "saunalahti.fi", "luukku.com", "suomi24.fi", "pp.inet.fi", "inet.fi",
                "dnainternet.net", "welho.com", "netti.fi", "mbnet.fi", "phnet.fi", "nic.fi", "sci.fi", "surffi.fi",
                "jippii.fi",
            }
        ),
    ),
)  # fmt: skip
FIRST_OTHER, OTHERS = 8, 16
PAPER, TEXT_MESSAGES = 30, 31
MAIL_LANES = (*range(len(GROUPS)), *range(FIRST_OTHER, FIRST_OTHER + OTHERS))

# What may stand in an envelope: no control characters, no spaces, ASCII on both sides (RFC 5321 without SMTPUTF8).
_ADDRESS = re.compile(
    r"[!#-'*+/-9=?A-Z^-~.-]+@[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+", re.IGNORECASE
)
SQL_ADDRESS = r"^[!#-''*+/-9=?A-Z^-~.-]+@[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$"


def is_address(text: str) -> bool:
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def lane_of(address: str) -> int:
    """The lane of a normalised address."""
    domain = address.rpartition("@")[2]
    for lane, (_name, domains) in enumerate(GROUPS):
        if domain in domains:
            return lane
    return FIRST_OTHER + zlib.crc32(domain.encode()) % OTHERS


def sql_lane(address: str) -> str:
    """The same in SQL over an expression; other domains fall on the sixteen by another sum, which is as good."""
    domain = f"split_part({address}, '@', 2)"
    cases = ""
    for lane, (_name, domains) in enumerate(GROUPS):
        listed = ", ".join(f"'{one}'" for one in sorted(domains))
        cases += f" WHEN {domain} IN ({listed}) THEN {lane}"
    return f"CASE{cases} ELSE {FIRST_OTHER} + (hashtext({domain}) & {OTHERS - 1}) END"
