"""How texts become words that are found again: without accents, without case."""

import re
from collections.abc import Iterable
from hashlib import blake2b
from unicodedata import combining, normalize

MOST_WORDS = 8
SHORTEST_PREFIX = 2
LONGEST_WORD = 64
LONGEST_TITLE = 500
WORD = re.compile(r"[^\W_]+")
# Letters that no decomposition takes apart, as people without that keyboard type them.
PLAIN = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)


APOSTROPHES = str.maketrans("", "", "'\u2019")


def words_of(text: str) -> list[str]:
    """Return the words of a text, folded; Ñ is n, ß is ss, an apostrophe parts nothing."""
    folded = normalize("NFKD", text).casefold().translate(PLAIN)
    plain = "".join(letter for letter in folded if not combining(letter))
    return [word[:LONGEST_WORD] for word in WORD.findall(plain.translate(APOSTROPHES))]


def folded(text: str) -> str:
    """Return a text as the index keeps it."""
    return " ".join(words_of(text))


def folded_title(text: str) -> str:
    """Return a title as the index keeps it, short enough for an index of a database."""
    return folded(text)[:LONGEST_TITLE].rstrip()


def tag(kind: str, name: str) -> str:
    """Return the one word under which all entries of a kind or permission are marked."""
    return f"{kind}{blake2b(name.encode(), digest_size=6).hexdigest()}"


def tags_of(mark: str, names: Iterable[str]) -> list[str]:
    """Return the marks of several kinds or permissions."""
    return sorted(tag(mark, name) for name in names)


def wanted(text: str) -> list[str]:
    """Return the words that are looked for, at most eight, without repetition."""
    return list(dict.fromkeys(words_of(text)))[:MOST_WORDS]


def fts5(words: list[str]) -> str:
    """Return words for FTS5, each quoted; two letters and more may begin a longer word."""
    return " AND ".join(f'"{word}"{"*" if _begins(word) else ""}' for word in words)


def tsquery(words: list[str], weights: str) -> str:
    """Return words for PostgreSQL, each quoted; two letters and more may begin a longer word."""
    return " & ".join(f"'{word}':{'*' if _begins(word) else ''}{weights}" for word in words)


def _begins(word: str) -> bool:
    return len(word) >= SHORTEST_PREFIX
