"""Papers of the register: minutes extracts, welcome letters, receipts. Their words are fixed tables, not the interface's."""
