"""What a letter is: its blocks, its merge fields, its look, and how it becomes HTML and plain text (COM-1).

`fields`, `blocks`, `drawing`, `rendering` and `checking` are pure; `looks` reads units, `pictures` reads files, `fetching` asks addresses.
"""
