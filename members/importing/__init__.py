"""Member files read and understood: formats, headings, values, identity and differences. No database, no Django models."""
