"""Everything the service holds about one person: for the person's own copy, for an erasure, for the privacy notice (REG-14)."""
