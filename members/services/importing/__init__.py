"""Importing members: a file is uploaded, its columns named, every row judged, then saved in chunks; all can be taken back.

`batches` what a person does · `staging`, `judging`, `references` the check · `committing`, `writing` the saving ·
`undoing` taking back · `steps` the background jobs · `tidying` what is forgotten in time.
"""
