"""Whether a ballot may go on the board: the checks B01 to B16, in their order.

The server asks before it enters a ballot, the verifier asks again for each one on the board.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

from tsv1 import canonical
from tsv1.ballots import ballot_hash, ballot_statement, claim
from tsv1.canonical import Message
from tsv1.elections import Election, Voter
from tsv1.encoding import NotCanonical, decode_solid
from tsv1.forms import canonical_form
from tsv1.group import IDENTITY, Element, add, times
from tsv1.proofs import Ciphertext, Claimed, Membership, Proof, are_members, read_proof, signed
from tsv1.questions import Question, Sum
from tsv1.schema import fits

CHANNELS = frozenset({"browser", "kiosk", "server"})


class Finding(NamedTuple):
    """The outcome of one check, and where in the ballot it stands."""

    code: str
    ok: bool
    contest: str = ""
    label: str = ""


class BallotRefused(ValueError):
    """Some bytes are no ballot at all; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Standing:
    """What is known, at this point of the board, of a credential and of a ballot cast with it."""

    voter: Voter | None  # None: not on the roll.
    is_void: bool = False
    last: int = 0  # The sequence of the ballot that counts now.
    is_open: bool = True
    is_known: bool = False  # Such a body stands on the board, cast or challenged.
    channels: frozenset[str] = CHANNELS


def read(raw: bytes) -> dict[str, Any]:
    """Return the ballot that was sent; BallotRefused with B01 or B03."""
    if len(raw) <= canonical.BALLOT and canonical_form("ballot").fullmatch(raw):
        body: dict[str, Any] = json.loads(raw.decode())
        return body
    return _read_in_full(raw)


def _read_in_full(raw: bytes) -> dict[str, Any]:
    try:
        body = canonical.parse(raw, canonical.BALLOT, closed=True)
    except canonical.NotAllowed as error:
        raise BallotRefused("B01") from error
    if not fits("ballot", body):
        raise BallotRefused("B01")
    if canonical.write_known(body) != raw:
        raise BallotRefused("B03")
    return body


@dataclass
class _Answer:
    """An answer with its question, and what it holds as it was decoded."""

    question: Question
    told: Message
    ciphers: list[Ciphertext] = field(default_factory=list)
    proofs: list[list[Proof]] = field(default_factory=list)  # Of the cells, then of the sums.


@dataclass
class _Case:
    """A ballot under examination; each check finds what the ones before have decoded."""

    election: Election
    body: Message
    standing: Standing
    digest: bytes
    answers: list[_Answer] = field(default_factory=list)
    credential: Element = IDENTITY
    signature: Proof = Proof(0, 0)  # noqa: RUF009 (it never changes)


def examine(
    election: Election, body: Message, standing: Standing, *, digest: bytes | None = None
) -> Iterator[Finding]:
    """Yield the outcome of B02 and B04 to B16 for a well-formed ballot, up to the first failure.

    Whoever knows the hash of the ballot already gives it as the digest.
    """
    case = _Case(election, body, standing, digest or ballot_hash(body))
    for finding in chain.from_iterable(stage(case) for stage in _STAGES):
        yield finding
        if not finding.ok:
            return


def _belongs(case: _Case) -> Iterator[Finding]:
    yield Finding("B02", case.body["election"] == case.election.hash.hex())
    yield Finding("B04", case.standing.voter is not None)
    yield Finding("B05", not case.standing.is_void)
    yield Finding("B06", case.body["channel"] in case.standing.channels)


def _is_complete(case: _Case) -> Iterator[Finding]:
    body, questions = case.body, case.election.questions
    style = case.standing.voter.style if case.standing.voter else ""
    contests = tuple(answer["contest"] for answer in body["answers"])
    yield Finding("B07", body["style"] == style and contests == case.election.styles[style])
    case.answers = [_Answer(questions[one["contest"]], one) for one in body["answers"]]
    for answer in case.answers:
        yield Finding("B08", _counts(answer.question, answer.told), answer.question.id)


def _counts(question: Question, answer: Message) -> bool:
    """Tell whether an answer has the cells, sums and branches that its question asks for."""
    cells = [len(cell["proof"]) for cell in answer["cells"]]
    sums = [(one["label"], len(one["proof"])) for one in answer["sums"]]
    return cells == [len(question.values)] * len(question.labels) and sums == [
        (one.label, len(one.values)) for one in question.sums
    ]


def _is_readable(case: _Case) -> Iterator[Finding]:
    yield _decoded(case, "B09", _read_elements)
    yield _decoded(case, "B10", _read_scalars)


def _decoded(case: _Case, code: str, read_part: Callable[[_Answer, Message], None]) -> Finding:
    """Decode every element, or every scalar, of a ballot."""
    for answer in case.answers:
        labels = (*answer.question.labels, *(one["label"] for one in answer.told["sums"]))
        parts = (*answer.told["cells"], *answer.told["sums"])
        for label, part in zip(labels, parts, strict=True):
            try:
                read_part(answer, part)
            except NotCanonical:
                return Finding(code, ok=False, contest=answer.question.id, label=label)
    try:
        if code == "B09":
            case.credential = decode_solid(case.body["credential"])
        else:
            case.signature = read_proof(case.body["signature"])
    except NotCanonical:
        return Finding(code, ok=False)
    return Finding(code, ok=True)


def _read_elements(answer: _Answer, part: Message) -> None:
    if "a" in part:  # A sum has none of its own.
        answer.ciphers.append(_read_cell(part))


def _read_scalars(answer: _Answer, part: Message) -> None:
    answer.proofs.append([read_proof(branch) for branch in part["proof"]])


def _read_cell(cell: Message) -> Ciphertext:
    return Ciphertext(decode_solid(cell["a"]), decode_solid(cell["b"]))


def read_cells(answer: Message) -> list[Ciphertext]:
    """Return the ciphertexts of an answer; NotCanonical for wrong elements."""
    return [_read_cell(cell) for cell in answer["cells"]]


def _is_proved(case: _Case) -> Iterator[Finding]:
    cells, sums = list[Claimed](), list[Claimed]()
    for answer in case.answers:
        first = claim(case.election, case.credential, answer.question)
        cells += _cells(answer, first)
        sums += _sums(answer, first)
    proved = iter(are_members([*cells, *sums]))
    for code, claimed in (("B11", cells), ("B12", sums)):
        for one in claimed:
            yield Finding(code, next(proved), one.claim.contest, one.claim.label)


def _cells(answer: _Answer, first: Membership) -> Iterator[Claimed]:
    told = zip(answer.question.labels, answer.ciphers, answer.proofs, strict=False)
    return (Claimed(first._replace(label=label), cipher, proof) for label, cipher, proof in told)


def _sums(answer: _Answer, first: Membership) -> Iterator[Claimed]:
    proofs = answer.proofs[len(answer.ciphers) :]
    for one, proof in zip(answer.question.sums, proofs, strict=True):
        statement = first._replace(label=one.label, values=one.values)
        yield Claimed(statement, _added(one, answer.ciphers), proof)


def _added(one: Sum, ciphers: list[Ciphertext]) -> Ciphertext:
    """Return the encryption of a sum of cells, of which there is at least one."""
    first, *others = (_times(many, ciphers[at]) for at, many in one.terms)
    for cell in others:
        first = Ciphertext(add(first.a, cell.a), add(first.b, cell.b))
    return first


def _times(many: int, cell: Ciphertext) -> Ciphertext:
    return cell if many == 1 else Ciphertext(times(many, cell.a), times(many, cell.b))


def _is_signed(case: _Case) -> Iterator[Finding]:
    statement = ballot_statement(case.election.hash, case.credential, case.digest)
    yield Finding("B13", signed(statement, case.credential, case.signature))


def _comes_in_time(case: _Case) -> Iterator[Finding]:
    standing = case.standing
    again = case.election.revote or standing.last == 0
    yield Finding("B14", again and case.body["sequence"] == standing.last + 1)
    yield Finding("B15", standing.is_open)
    yield Finding("B16", not standing.is_known)


_STAGES = (_belongs, _is_complete, _is_readable, _is_proved, _is_signed, _comes_in_time)
