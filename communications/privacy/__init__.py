"""Every column of communications: its field class, whether the person gets it, and what erasure does to it (REG-14)."""

from communications.privacy import campaigns, contacts, content, letters, outbox, surveys, talks
from jasenpalvelu.common.privacy import Table

TABLES: dict[str, Table] = (
    outbox.TABLES
    | contacts.TABLES
    | content.TABLES
    | campaigns.TABLES
    | letters.TABLES
    | surveys.TABLES
    | talks.TABLES
)
