"""Membership cards: the signed token in the QR code, whose cards there are, how they are printed (REG-15)."""
