"""Segments (REG-8): who is meant, told once as a tree of criteria; lists, letters, invoices and statistics use the same.

`tree` is the object and its JSON (pure) · `criteria` what may be asked, open to other apps · `own` the register's criteria ·
`compiling` the tree as conditions of the member list, within the reader's reach · `wording` the tree as a sentence ·
`explaining` why one person is in it.
"""
