"""Why a bank's file was refused."""


class BankFileError(ValueError):
    """A payment file that can not be trusted is refused whole; nothing of it is booked.

    `code` names the reason for the user's own language, `where` the line or the entry, `expected` what the file itself
    claims and `found` what it contains.
    """

    def __init__(self, code: str, *, where: str = "", expected: object = None, found: object = None) -> None:
        self.code = code
        self.where = where
        self.expected = expected
        self.found = found
        parts = [code.replace("_", " ")]
        if where:
            parts.append(f"at {where}")
        if expected is not None or found is not None:
            parts.append(f"(expected {expected}, found {found})")
        super().__init__(" ".join(parts))


class BankFileFormatError(BankFileError):
    """The file is broken or of another kind."""


class BankFileSumError(BankFileError):
    """The file's own counts, sums or balances do not agree with its rows."""
