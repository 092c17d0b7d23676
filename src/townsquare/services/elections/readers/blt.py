"""Ballots in BLT: numbers of candidates, each paper ended by 0, then names in quotes."""

import re
from collections.abc import Iterator

from townsquare.services.elections.readers.unreadable import Unreadable, at
from townsquare.services.elections.rules.counting.ballots import Ballot, Contest, Option, Weighted

TOKEN = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|\([^)]*\)|([^\s"(#]+)|(#.*)|(\S))')
Token = tuple[str, bool, int]  # Its text, whether it was in quotes, and its line.


def blt(text: str) -> tuple[Contest, list[Weighted]]:
    """Return the contest and its papers; codes are the numbers of the candidates.

    A rank is a number, `1=2` for several, or `-` for none; negative numbers before the papers
    withdraw candidates. Unreadable: something is missing, or no number where one must be.
    """
    tokens = list(_tokens(text))
    candidates, seats = _number(tokens, 0), _number(tokens, 1)
    place, withdrawn = 2, set[int]()
    while _told(tokens, place)[0].startswith("-") and _number(tokens, place) < 0:
        withdrawn.add(-_number(tokens, place))
        place += 1
    if candidates < 1:
        message = "there are no candidates"
        raise Unreadable(message)
    if max(withdrawn, default=0) > candidates:
        message = f"candidate {max(withdrawn)} is withdrawn, and there are {candidates}"
        raise Unreadable(message)
    papers, place = _papers(tokens, place, candidates)
    names = [text for text, quoted, _line in tokens[place:] if quoted]
    if len(names) < candidates:
        message = f"there are {len(names)} names for {candidates} candidates"
        raise Unreadable(message)
    options = tuple(
        Option(str(number), names[number - 1], withdrawn=number in withdrawn)
        for number in range(1, candidates + 1)
    )
    return Contest("".join(names[candidates : candidates + 1]), options, seats), papers


def _tokens(text: str) -> Iterator[Token]:
    for number, line in enumerate(text.splitlines(), 1):
        for quoted, plain, _comment, odd in TOKEN.findall(line.rstrip()):
            if odd:
                raise at(number, f"unexpected {odd}")
            if plain:
                yield plain, False, number
            elif quoted:
                yield re.sub(r"\\(.)", r"\1", quoted), True, number


def _told(tokens: list[Token], place: int) -> Token:
    if place >= len(tokens):
        message = "the file breaks off"
        raise Unreadable(message)
    return tokens[place]


def _number(tokens: list[Token], place: int) -> int:
    text, _quoted, line = _told(tokens, place)
    try:
        return int(text)
    except ValueError as error:
        raise at(line, f"a whole number is expected: {text[:20]}") from error


def _papers(tokens: list[Token], place: int, candidates: int) -> tuple[list[Weighted], int]:
    papers: list[Weighted] = []
    while weight := _number(tokens, place):
        line, ranks, place = _told(tokens, place)[2], list[tuple[str, ...]](), place + 1
        while (text := _told(tokens, place)[0]) != "0":
            ranks.append(() if text == "-" else tuple(text.split("=")))
            place += 1
        known = all(mark.isdecimal() and 1 <= int(mark) <= candidates for r in ranks for mark in r)
        if weight < 1 or not known:
            raise at(line, "a paper counts at least once and ranks numbers of candidates")
        papers.append((Ballot(tuple(ranks)), weight))
        place += 1
    return papers, place + 1
