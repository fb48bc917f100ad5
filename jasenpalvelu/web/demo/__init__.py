"""A believable federation of invented people, for trying the service and for measuring it. Reproducible by its seed.

First and last names come from Faker's lists, places from the packaged open data. E-mail addresses end in `.example` and
telephone numbers are too long to be anyone's.
"""
