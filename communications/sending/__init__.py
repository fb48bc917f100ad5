"""Sending (ADR 0024): claim, mark, send, settle. What may not happen twice is marked durably before it is tried.

`lanes` which mail host an address belongs to (pure) · `building` the bytes of a message (pure) · `smtp`, `backends` the ways
out · `rates` how fast each lane may go · `claiming` the rows in SQL · `engine` the loop of one worker · `recovering` what a dead
worker left behind.
"""
