"""Keys that come in addresses and forms."""


def key_of(text: str | None) -> int:
    """The key typed, or 0, which no row has: never an error, whatever was typed (² is a digit to Python, 5000 digits a number)."""
    typed = text or ""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 18 else 0
