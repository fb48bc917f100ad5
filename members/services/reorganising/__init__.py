"""Merging, splitting and moving units: drawing it up, carrying it out in steps, taking it back (REG-1, ADR 0021)."""
