"""All calls of programs: each module is imported for the routes that it adds."""

from townsquare.services.library.api import bp, catalogue, lending, money

CALLS = (catalogue, lending, money)

__all__ = ["CALLS", "bp"]
