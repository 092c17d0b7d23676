"""Lots that nobody can choose: seeds that are committed before opening and shown after closing."""

from collections.abc import Iterable, Sequence

from tsv1.encoding import encode_number, encode_text
from tsv1.transcript import h32


def seed_commitment(election: str, index: int, seed: bytes) -> bytes:
    """Return the hash by which a holder, counted from 1, commits to a seed."""
    return h32("tie-commit", encode_text(election), encode_number(index), seed)


def joint_seed(election: str, seeds: Sequence[bytes]) -> bytes:
    """Return the seed of all holders together."""
    return h32("tie-seed", encode_text(election), *seeds)


def lot(seed: bytes, contest: str, option: str) -> bytes:
    """Return the lot of an option: the lowest comes first."""
    return h32("tie", seed, encode_text(contest), encode_text(option))


def tie_order(seed: bytes, contest: str, options: Iterable[str]) -> list[str]:
    """Return options in the order of their lots."""
    return sorted(options, key=lambda option: lot(seed, contest, option))
