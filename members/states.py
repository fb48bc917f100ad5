"""Which states of a membership are open, told once for the tables and for what knows no tables."""

# An applicant in handling, a member, a passive member: the association deals with the person now.
OPEN = ("applied", "active", "lapsed")
