"""Surveys as plain objects: what is asked, which questions are on the way, what the answers say. Knows no database and no Django."""
