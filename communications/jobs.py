"""Kinds of work of communications, each in the module of its part; `jobs.registry` reads this one."""

from communications import letter_jobs

__all__ = ["letter_jobs"]
