"""Checks the archive of an election from its first entry to its result, without the server."""

from townsquare_verify.verify import verify

__all__ = ["verify"]
