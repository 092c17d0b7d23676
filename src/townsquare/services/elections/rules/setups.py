"""The set-up message of an encrypted election, and the roll that its authority has signed.

It brings the whole protocol: who imports it does so where it is needed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from townsquare.services.elections.rules.ceremonies import Refused, canonical
from townsquare.services.elections.rules.ruling import Asked, rules_of
from townsquare.services.elections.rules.units import groups_of
from townsquare.services.elections.rules.ways import GRID, SCORE
from tsv1.canonical import NotAllowed, write
from tsv1.elections import authority_statement, read_roll, roll_hash
from tsv1.encoding import NotCanonical, decode_solid
from tsv1.proofs import read_proof, signed
from tsv1.questions import is_possible
from tsv1.rounds import Rounds
from tsv1.schema import fits
from tsv1.transcript import h32

Message = dict[str, Any]


class Issued(Protocol):
    """Somebody on the roll, as far as their credential says it."""

    @property
    def style(self) -> str:
        """The code of the ballot style."""

    @property
    def group(self) -> str:
        """The group with which the votes are summed."""

    @property
    def weight(self) -> int:
        """How many votes theirs counts as."""


class Option(Protocol):
    """One option of a question."""

    @property
    def code(self) -> str:
        """What its ciphertexts are named by."""


class Question(Asked, Protocol):
    """A question of a draft."""

    @property
    def code(self) -> str:
        """What ballots name it by."""

    @property
    def title(self) -> str:
        """What is asked."""

    @property
    def blank(self) -> bool:
        """Whether nobody may be marked."""

    @property
    def options(self) -> Sequence[Option]:
        """The options in the order of the ballot."""


class About(NamedTuple):
    """What the office has said of an election."""

    election: str
    title: str
    zone: str
    opens: datetime
    closes: datetime
    contests: Sequence[Question]
    styles: Mapping[str, Sequence[str]]  # The questions of each; who has none votes on all.


class Founded(NamedTuple):
    """What an election is frozen with: three messages, and the hash that names the election."""

    setup: Message
    ceremony: Message
    roll: Message
    hash: str


def read_keys(text: str, election: str, voters: Sequence[Issued]) -> Message:
    """Return the signed roll that the authority hands in; Refused where a check fails.

    Each voter has a credential with their style, group and weight; which one nobody here knows.
    """
    told = canonical(text, "L01")
    if not fits("roll_keys", told) or told["election"] != election:
        raise Refused("L01", "form")
    try:
        key = decode_solid(told["authority_key"])
        lines = read_roll(told["text"])
        for pub, _voter in lines:
            decode_solid(pub)
        digest = roll_hash(told["text"])
        statement = authority_statement(election, "roll", digest, key=key)
        good = signed(statement, key, read_proof(told["signature"]))
    except NotCanonical as error:
        raise Refused("L01", "encoding") from error
    pubs = [pub for pub, _voter in lines]
    if pubs != sorted(set(pubs)):
        raise Refused("L01", "sorted")
    if not good:
        raise Refused("L02", "signature")
    issued = Counter((voter.style, voter.unit, voter.weight) for _pub, voter in lines)
    if issued != Counter((one.style, one.group, one.weight) for one in voters):
        raise Refused("L01", "voters")
    return told


def found(
    about: About, rounds: Rounds, *, names: Mapping[int, str], keys: Message, ties: Sequence[str]
) -> Founded:
    """Return the messages that fix an election; Refused by S01 where no set-up can be made."""
    ceremony = rounds.outcome(names)
    lines = read_roll(keys["text"])
    setup = {
        "v": 1,
        "protocol": "TSV1",
        "group": "ristretto255",
        "election": about.election,
        "title": about.title,
        "opens_at": _at(about.opens),
        "closes_at": _at(about.closes),
        "zone": about.zone,
        "revote": "last",
        "contests": [contest_of(one) for one in about.contests],
        "styles": _styles(about, sorted({voter.style for _pub, voter in lines})),
        "groups": [
            {"id": one, "members": units}
            for one, units in groups_of(voter.unit for _pub, voter in lines)
        ],
        "roll": {
            "count": len(lines),
            "weight": sum(voter.weight for _pub, voter in lines),
            "hash": roll_hash(keys["text"]).hex(),
        },
        "trustees": _trustees(rounds, ceremony),
        "public_key": rounds.joint_key().hex(),
        "tie_commitments": list(ties),
        "authority_key": keys["authority_key"],
        "rules": [
            {"contest": one.code, "rule_set": one.rule, "hash": rules_of(one).hash}
            for one in about.contests
        ],
    }
    if not is_sound(setup):
        raise Refused("S01", "setup")
    roll = {"text": keys["text"], "signature": keys["signature"]}
    return Founded(setup, ceremony, roll, h32("setup", write(setup)).hex())


def _trustees(rounds: Rounds, ceremony: Message) -> Message:
    return {
        "mode": rounds.terms.mode,
        "threshold": rounds.terms.threshold,
        "keys": [key.hex() for key in rounds.verification_keys()],
        "ceremony": h32("ceremony", write(ceremony)).hex(),
    }


def is_sound(setup: Message) -> bool:
    """Tell whether a set-up has its form, and each question of it can be answered."""
    try:
        write(setup)
    except NotAllowed:
        return False
    return fits("setup", setup) and all(map(is_possible, setup["contests"]))


def credentials_of(roll: Message) -> list[dict[str, object]]:
    """Return the lines of a signed roll as the table of credentials has them."""
    return [
        {"pub": pub, "weight": voter.weight, "style": voter.style, "grp": voter.unit}
        for pub, voter in read_roll(roll["text"])
    ]


def contest_of(contest: Question) -> Message:
    """Return a question as the set-up holds it; ranks have no place in an encrypted ballot."""
    about = {"id": contest.code, "kind": contest.kind, "title": contest.title}
    options = [option.code for option in contest.options]
    if contest.kind == SCORE:
        return {**about, "options": options, "max_score": contest.greatest}
    if contest.kind == GRID:  # One grade for each option.
        grades = [str(grade) for grade in range(contest.greatest + 1)]
        return {**about, "rows": options, "columns": grades, "row_sums": [1], "column_sums": []}
    marks = {"min": contest.least, "max": contest.most, "blank": contest.blank}
    return {**about, "options": options, **marks}


def _styles(about: About, named: Sequence[str]) -> list[Message]:
    """Return the ballot styles that voters have; one that nobody has defined has every question."""
    every = [contest.code for contest in about.contests]
    return [{"id": one, "contests": list(about.styles.get(one, every))} for one in named]


def _at(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
