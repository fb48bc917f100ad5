"""What comes back to the service's own addresses, read. Pure: knows no database. `services.receiving` acts on it.

`addresses` which of our addresses a mail came to · `notices` a message that was not delivered (RFC 3464) · `verdicts` what a status
says of the address · `complaints` a reader who called a letter spam (RFC 5965).
"""
