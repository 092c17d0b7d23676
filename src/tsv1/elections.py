"""An election as its set-up fixes it, and the roll of those who may vote."""

from collections.abc import Mapping
from dataclasses import dataclass

from tsv1.canonical import Message, write
from tsv1.encoding import decode_element, encode_text
from tsv1.group import Element
from tsv1.proofs import Proof, Statement, read_proof, signed
from tsv1.questions import Question, question
from tsv1.transcript import h32


@dataclass(frozen=True)
class Election:
    """What every message of an election is checked against."""

    hash: bytes
    id: str
    key: Element
    authority: Element
    trustees: tuple[Element, ...]  # Their verification keys; the first trustee is number 1.
    threshold: int
    additive: bool  # All trustees decrypt, each with a share of its own making.
    questions: Mapping[str, Question]
    styles: Mapping[str, tuple[str, ...]]
    group_of: Mapping[str, str]  # The tally group of each unit of the roll.
    groups: tuple[str, ...]
    revote: bool


def read_setup(setup: Message) -> Election:
    """Return the election of a well-formed set-up; NotCanonical for wrong keys."""
    trustees = setup["trustees"]
    return Election(
        hash=h32("setup", write(setup)),
        id=setup["election"],
        key=decode_element(setup["public_key"]),
        authority=decode_element(setup["authority_key"]),
        trustees=tuple(map(decode_element, trustees["keys"])),
        threshold=trustees["threshold"],
        additive=trustees["mode"] == "all",
        questions={contest["id"]: question(contest) for contest in setup["contests"]},
        styles={style["id"]: tuple(style["contests"]) for style in setup["styles"]},
        group_of={unit: group["id"] for group in setup["groups"] for unit in group["members"]},
        groups=tuple(group["id"] for group in setup["groups"]),
        revote=setup["revote"] == "last",
    )


@dataclass(frozen=True)
class Voter:
    """A line of the roll: how much a credential counts, what it votes on, where it is counted."""

    weight: int
    style: str
    unit: str


def read_roll(text: str) -> list[tuple[str, Voter]]:
    """Return the lines of a well-formed roll: each credential, and its voter."""
    cells = [line.split(",") for line in text.splitlines()]
    return [(key, Voter(int(weight), style, unit)) for key, weight, style, unit in cells]


def write_roll(voters: Mapping[str, Voter]) -> str:
    """Return the text of a roll, sorted by credential."""
    return "".join(
        f"{key},{voter.weight},{voter.style},{voter.unit}\n"
        for key, voter in sorted(voters.items())
    )


def roll_hash(text: str) -> bytes:
    """Return the hash of a roll, which the set-up holds and the authority signs."""
    return h32("roll", text.encode())


def authority_statement(election: str, act: str, digest: bytes, *, key: Element) -> Statement:
    """Return what an authority signs: a `roll`, or a `credential-void`."""
    return Statement("authority-sign", (encode_text(election), act.encode(), digest, key))


def is_authorised(election: Election, act: str, digest: bytes, *, proof: Message) -> bool:
    """Tell whether the authority signed; NotCanonical for wrong scalars."""
    given: Proof = read_proof(proof)
    statement = authority_statement(election.id, act, digest, key=election.authority)
    return signed(statement, election.authority, given)


def void_hash(void: Message) -> bytes:
    """Return the hash of the message that a credential counts no more, without its signature."""
    return h32("body", write({key: value for key, value in void.items() if key != "signature"}))
