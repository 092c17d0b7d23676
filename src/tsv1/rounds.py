"""The rounds of a ceremony: what trustees say to each other, signed, and what it must hold to.

The server asks before it keeps a message, and the program of each trustee asks again.
docs/elections/trustees.md tells the rounds and the bodies of their messages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tsv1 import ceremony
from tsv1.canonical import Message
from tsv1.ceremony import Coefficients, Envelope, Place
from tsv1.encoding import NotCanonical, decode_scalar, decode_solid
from tsv1.group import Draw, Element, base, draw
from tsv1.proofs import read_proof, sign, signed
from tsv1.schema import fits

Key = tuple[str, int, int]  # A round, who speaks, and to whom: 0 where to all.


class Unfit(ValueError):
    """A message has no place in the ceremony; `code` says why, in one word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Terms:
    """Who makes the joint key of which election, and how many of them are needed to decrypt."""

    election: str
    trustees: int
    threshold: int
    additive: bool = False  # Mode `all`.

    @property
    def mode(self) -> str:
        """Return the mode as messages name it."""
        return "all" if self.additive else "threshold"

    @property
    def degree(self) -> int:
        """Return how many coefficients each trustee draws."""
        return 1 if self.additive else self.threshold

    @property
    def numbers(self) -> range:
        """Return the numbers of all trustees."""
        return range(1, self.trustees + 1)


def write_message(
    place: Place, act: str, body: Message, *, secret: int, source: Draw = draw
) -> dict[str, Any]:
    """Return the message of a round, signed with the signing secret of who speaks."""
    proof = sign(ceremony.said(place, act, body, key=base(secret)), secret, source)
    return {
        "v": 1,
        "election": place.election,
        "round": act,
        "trustee": place.index,
        "body": body,
        "signature": proof.told(),
    }


def key_of(message: Message) -> Key:
    """Return where a well-formed message stands: only shares and complaints go to somebody."""
    body = message["body"]
    to = body.get("to", body.get("against", 0))
    return _act(message), message["trustee"], to if isinstance(to, int) else 0


def _act(message: Message) -> str:
    """Return the round of a message; the answer to a complaint has a name of its own."""
    answers = message["round"] == "complain" and "k" in message["body"]
    return "answer" if answers else str(message["round"])


@dataclass
class Rounds:
    """A ceremony as far as it has come; `take` refuses what has no place in it."""

    terms: Terms
    said: dict[Key, Message] = field(default_factory=dict)

    def take(self, message: Message) -> None:
        """Keep a message; one that is kept already changes nothing. Unfit for every other."""
        if not fits("ceremony_message", message):
            raise Unfit("form")
        if message["election"] != self.terms.election:
            raise Unfit("election")
        if message["trustee"] not in self.terms.numbers:
            raise Unfit("trustee")
        if not fits(f"ceremony_{_act(message)}", message["body"]):
            raise Unfit("form")
        if kept := self.said.get(key_of(message)):
            if kept["body"] != message["body"]:
                raise Unfit("repeated")
            return
        try:
            self._examine(message)
        except NotCanonical as error:
            raise Unfit("encoding") from error
        self.said[key_of(message)] = message

    def _examine(self, message: Message) -> None:
        act, number, to = key_of(message)
        if act == "commit":
            self._examine_commit(message)
        elif ("commit", number, 0) not in self.said:
            raise Unfit("round")
        if not self._is_signed(message):
            raise Unfit("signature")
        if act == "reveal":
            self._examine_reveal(message)
        elif act == "confirm":
            self._examine_confirm(message)
        elif act != "commit":
            self._examine_pair(act, number, to)

    def _examine_commit(self, message: Message) -> None:
        body = message["body"]
        if ("transport_key" in body) == self.terms.additive:
            raise Unfit("form")
        mine = {body["signing_key"], body.get("transport_key", "")} - {""}
        for key in mine:
            decode_solid(key)
        others = [one["body"] for one in self.of("commit").values()]
        taken = {key for one in others for key in (one["signing_key"], one.get("transport_key"))}
        if mine & taken or body["commitment"] in {one["commitment"] for one in others}:
            raise Unfit("distinct")

    def _is_signed(self, message: Message) -> bool:
        number = message["trustee"]
        commit = message if message["round"] == "commit" else self.said["commit", number, 0]
        key = decode_solid(commit["body"]["signing_key"])
        place = Place(self.terms.election, number)
        statement = ceremony.said(place, message["round"], message["body"], key=key)
        return signed(statement, key, read_proof(message["signature"]))

    def _examine_reveal(self, message: Message) -> None:
        self._reached("commit")
        number, body = message["trustee"], message["body"]
        if len(body["coefficients"]) != self.terms.degree:
            raise Unfit("form")
        commitment = self.said["commit", number, 0]["body"]["commitment"]
        shown = {"index": number, "commitment": commitment, **body}
        if not ceremony.is_committed(self.terms.election, shown):
            raise Unfit("commitment")
        first = {one["body"]["coefficients"][0] for one in self.of("reveal").values()}
        if body["coefficients"][0] in first:
            raise Unfit("distinct")

    def _examine_pair(self, act: str, number: int, to: int) -> None:
        """Examine a share, a complaint about one, or the answer to a complaint."""
        self._reached("reveal")
        if self.terms.additive or to == number or to not in self.terms.numbers:
            raise Unfit("trustee")
        if act == "complain" and ("share", to, number) not in self.said:
            raise Unfit("round")
        if act == "answer" and ("complain", to, number) not in self.said:
            raise Unfit("round")

    def _examine_confirm(self, message: Message) -> None:
        self._reached("reveal" if self.terms.additive else "share")
        if any(self.at_fault(*pair) != pair[0] for pair in self.complaints()):
            raise Unfit("complaint")
        commit = self.said["commit", message["trustee"], 0]["body"]
        shown = {"index": message["trustee"], **commit, **message["body"]}
        if not ceremony.is_confirmed(
            self.terms.election, shown, self.verification_keys(), joint=self.joint_key()
        ):
            raise Unfit("confirmation")

    def _reached(self, act: str) -> None:
        if not self.is_complete(act):
            raise Unfit("round")

    def of(self, act: str) -> Mapping[int, Message]:
        """Return the messages of a round that go to all, by who speaks."""
        return {number: one for (kind, number, _), one in self.said.items() if kind == act}

    def is_complete(self, act: str) -> bool:
        """Tell whether everybody has spoken in a round; in `share` each to every other one."""
        wanted = self.terms.trustees - 1 if act == "share" else 1
        spoken = [number for kind, number, _ in self.said if kind == act]
        return all(spoken.count(number) >= wanted for number in self.terms.numbers)

    def coefficients(self) -> list[Coefficients]:
        """Return the coefficients of all, once all have shown them."""
        told = self.of("reveal")
        return [ceremony.read_coefficients(told[number]["body"]) for number in self.terms.numbers]

    def joint_key(self) -> Element:
        """Return the key that ballots will be encrypted under."""
        return ceremony.joint_key(self.coefficients())

    def verification_keys(self) -> list[Element]:
        """Return the verification keys of all trustees."""
        shown = self.coefficients()
        if self.terms.additive:
            return [one[0] for one in shown]
        joint = ceremony.joint_coefficients(shown)
        return [ceremony.element_at(joint, number) for number in self.terms.numbers]

    def complaints(self) -> list[tuple[int, int]]:
        """Return who has complained about whose share."""
        return [(number, to) for act, number, to in self.said if act == "complain"]

    def at_fault(self, complainer: int, accused: int) -> int | None:
        """Return who is wrong in a complaint; None before the accused has opened its share."""
        answer = self.said.get(("answer", accused, complainer))
        if answer is None:
            return None
        good = ceremony.is_good_opening(
            Envelope(self.terms.election, accused, complainer),
            self.said["share", accused, complainer]["body"],
            self.coefficients()[accused - 1],
            transport=decode_solid(self.said["commit", complainer, 0]["body"]["transport_key"]),
            k=decode_scalar(answer["body"]["k"]),
        )
        return complainer if good else accused

    def outcome(self, names: Mapping[int, str]) -> dict[str, Any]:
        """Return the ceremony as the board holds it, once all have confirmed."""
        rounds = [self.of(act) for act in ("commit", "reveal", "confirm")]
        return {
            "v": 1,
            "election": self.terms.election,
            "mode": self.terms.mode,
            "threshold": self.terms.threshold,
            "trustees": [
                {"index": number, "name": names[number]}
                | {key: value for one in rounds for key, value in one[number]["body"].items()}
                for number in self.terms.numbers
            ],
        }
