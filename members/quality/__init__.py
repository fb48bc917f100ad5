"""Data quality (REG-16): `rules` what is wrong, in SQL · `finding` the rules over a set of parties · `presenting` in words, with
the way to the field · `scoring` how many members are without issues."""
