"""A ceremony as the server goes through it: which message, by whom, is asked for next.

It brings the whole protocol: who imports it does so where it is needed.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tsv1.canonical import NotAllowed, parse, write
from tsv1.rounds import Key, Rounds, Terms, Unfit

CHECKS = {"distinct": "S03", "encoding": "S03", "confirmation": "S05"}
STEPS = ("commit", "reveal", "share", "confirm")
IDLE = frozenset({"wait", "nothing"})  # Nothing is asked of them now.
OF_THE_MOMENT = frozenset({"round", "repeated", "complaint"})


class Refused(ValueError):
    """A message that the check of a verifier refuses; `why` says in a word what is wrong."""

    def __init__(self, check: str, why: str) -> None:
        super().__init__(why)
        self.check = check
        self.why = why


def read_messages(text: str) -> list[dict[str, Any]]:
    """Return the messages of a text, one on each line; Refused for one that is not canonical."""
    return [canonical(line, "S04") for line in text.splitlines() if line.strip()]


def canonical(line: str, check: str) -> dict[str, Any]:
    """Return the message that a line holds; Refused by this check for every other writing."""
    raw = line.strip().encode()
    try:
        found = parse(raw)
    except NotAllowed as error:
        raise Refused(check, "form") from error
    if write(found) != raw:
        raise Refused(check, "canonical")
    return found


def kept_in(rounds: Mapping[Key, tuple[str, str]], terms: Terms) -> Rounds:
    """Return a ceremony from what was kept of it: bodies and signatures, examined when they came.

    To examine all of them again would take seconds with twenty trustees.
    """
    return Rounds(
        terms,
        {
            key: {
                "v": 1,
                "election": terms.election,
                "round": "complain" if key[0] == "answer" else key[0],
                "trustee": key[1],
                "body": json.loads(body),
                "signature": json.loads(signature),
            }
            for key, (body, signature) in rounds.items()
        },
    )


def take(rounds: Rounds, message: Mapping[str, Any]) -> bool:
    """Put a message into a ceremony and tell whether it is new.

    Refused with the check that a verifier would refuse it by; Unfit where it comes at a wrong time.
    """
    before = len(rounds.said)
    try:
        rounds.take(message)
    except Unfit as error:
        if error.code in OF_THE_MOMENT:
            raise
        raise Refused(CHECKS.get(error.code, "S04"), error.code) from error
    return len(rounds.said) > before


def state_of(rounds: Rounds, number: int) -> str:
    """Return how far a trustee has come."""
    said = rounds.said
    if ("confirm", number, 0) in said:
        return "confirmed"
    if not rounds.terms.additive and _has_shared(rounds, number):
        return "shared"
    if ("reveal", number, 0) in said:
        return "revealed"
    return "committed" if ("commit", number, 0) in said else "invited"


def asked_of(rounds: Rounds, number: int) -> str:
    """Return what is asked of a trustee next: a round, `answer`, `wait` or `nothing`."""
    if any(who == number for _, who in open_complaints(rounds)):
        return "answer"
    act = next_of(rounds, number)
    if not act:
        return "nothing"
    return act if _is_open(rounds, STEPS[: STEPS.index(act)]) else "wait"


def first_asked(rounds: Rounds, numbers: Sequence[int]) -> int:
    """Return the first of these trustees, who are one person, with something to do now.

    Where all of them wait or are done, the first one.
    """
    busy = (one for one in numbers if asked_of(rounds, one) not in IDLE)
    return next(busy, numbers[0])


def next_of(rounds: Rounds, number: int) -> str:
    """Return the first round in which a trustee has not said all; empty where there is none."""
    steps = (act for act in STEPS if act != "share" or not rounds.terms.additive)
    return next((act for act in steps if not _has_said(rounds, number, act)), "")


def may_complain(rounds: Rounds, number: int) -> bool:
    """Tell whether somebody has shared with a trustee who may say that the share is wrong."""
    shared = any(act == "share" and to == number for act, _who, to in rounds.said)
    return shared and not _has_said(rounds, number, "confirm")


def _has_said(rounds: Rounds, number: int, act: str) -> bool:
    return _has_shared(rounds, number) if act == "share" else (act, number, 0) in rounds.said


def _is_open(rounds: Rounds, before: tuple[str, ...]) -> bool:
    """Tell whether a round has begun: those before are over; before the last no complaint is."""
    asked = [act for act in before if act != "share" or not rounds.terms.additive]
    last = "reveal" in asked and (rounds.terms.additive or "share" in asked)
    return all(map(rounds.is_complete, asked)) and not (last and open_complaints(rounds))


def open_complaints(rounds: Rounds) -> list[tuple[int, int]]:
    """Return who has complained about whom and has no answer yet."""
    return [(who, to) for who, to in rounds.complaints() if ("answer", to, who) not in rounds.said]


def _has_shared(rounds: Rounds, number: int) -> bool:
    others = (to for to in rounds.terms.numbers if to != number)
    return all(("share", number, to) in rounds.said for to in others)
