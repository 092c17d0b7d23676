"""What faults share with races: a library with readers and copies, and a door to it."""

from tests.concurrency.conftest import door, library

__all__ = ["door", "library"]
