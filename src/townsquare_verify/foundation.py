"""What an election stands on: its set-up, its trustees' keys and its roll (S01 to L02)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from townsquare_verify.report import Notes
from tsv1 import ceremony
from tsv1.canonical import write
from tsv1.elections import Election, is_authorised, read_roll, roll_hash
from tsv1.encoding import NotCanonical, decode_element, decode_solid
from tsv1.group import Element, total
from tsv1.questions import is_possible
from tsv1.schema import fits
from tsv1.transcript import h32

Message = Mapping[str, Any]


def examine_setup(setup: Message, notes: Notes) -> None:
    """Examine what the set-up says (S01) and its keys (S03)."""
    if not notes.note("S01", fits("setup", setup), "setup"):
        notes.leave_out("S02", "S03", "S04", "S05")
        return
    contests = [contest["id"] for contest in setup["contests"]]
    members = [member for group in setup["groups"] for member in group["members"]]
    notes.note(
        "S01", _once(contests) and _once([rule["contest"] for rule in _rules(setup)]), "contests"
    )
    for contest in setup["contests"]:
        notes.note("S01", is_possible(contest), contest["id"])
    notes.note("S01", _once([style["id"] for style in setup["styles"]]), "styles")
    for style in setup["styles"]:
        known = _once(style["contests"]) and {*style["contests"]} <= {*contests}
        notes.note("S01", known, style["id"])
    notes.note("S01", {rule["contest"] for rule in _rules(setup)} <= {*contests}, "rules")
    ids = [group["id"] for group in setup["groups"]]
    notes.note("S01", _once(ids) and _once(members), "groups")
    notes.note("S01", setup["opens_at"] < setup["closes_at"], "times")
    trustees = setup["trustees"]
    many, least = len(trustees["keys"]), trustees["threshold"]
    notes.note("S01", least == many if trustees["mode"] == "all" else least <= many, "trustees")
    _examine_keys(setup, notes)


def _rules(setup: Message) -> list[Message]:
    rules: list[Message] = setup.get("rules", [])
    return rules


def _once(names: Sequence[str]) -> bool:
    return len({*names}) == len(names)


def _examine_keys(setup: Message, notes: Notes) -> None:
    keys = setup["trustees"]["keys"]
    for at, key in enumerate(keys):
        notes.note("S03", _is_key(key) and key not in keys[:at], f"trustee {at + 1}")
    for name in ("public_key", "authority_key"):
        notes.note("S03", _is_key(setup[name]), name)
    if not notes.are_good():
        notes.leave_out("S02", "S04", "S05")


def _is_key(text: str) -> bool:
    return _holds(lambda: bool(decode_solid(text)))


def _holds(test: Callable[[], bool]) -> bool:
    """Return the outcome of a test; wrong encodings fail it."""
    try:
        return test()
    except NotCanonical:
        return False


def examine_trustees(setup: Message, told: Message, notes: Notes) -> None:
    """Examine how the joint key was made (S02, S04, S05)."""
    trustees, listed = told["trustees"], setup["trustees"]
    notes.note("S04", h32("ceremony", write(told)).hex() == listed["ceremony"], "ceremony")
    same = told["election"] == setup["election"] and all(
        told[name] == listed[name] for name in ("mode", "threshold")
    )
    counted = [trustee["index"] for trustee in trustees] == list(range(1, len(listed["keys"]) + 1))
    notes.note("S04", same and counted, "trustees")
    many = 1 if listed["mode"] == "all" else listed["threshold"]
    seen: set[str] = set()
    for number, trustee in enumerate(trustees, 1):
        coefficients = trustee["coefficients"]
        new = len(coefficients) == many and coefficients[0] not in seen
        ok = new and _holds(lambda one=trustee: ceremony.is_committed(setup["election"], one))  # type: ignore[misc]
        notes.note("S04", ok, f"trustee {number}")
        seen.add(coefficients[0])
    if not notes.outcomes["S04"].ok:
        notes.leave_out("S02", "S05")
        return
    _examine_outcome(setup, trustees, notes)


def _examine_outcome(setup: Message, trustees: Sequence[Message], notes: Notes) -> None:
    listed = setup["trustees"]
    keys = [decode_element(key) for key in listed["keys"]]
    shown = [ceremony.read_coefficients(trustee) for trustee in trustees]
    additive, joint = listed["mode"] == "all", decode_element(setup["public_key"])
    made = total(keys) if additive else ceremony.joint_key(shown)
    notes.note("S02", joint == made, "public_key")

    def follows(number: int, trustee: Message, key: Element) -> bool:
        if additive:
            return key == shown[number - 1][0]
        confirmed = ceremony.is_confirmed(setup["election"], trustee, keys, joint=joint)
        return key == ceremony.verification_key(shown, number) and confirmed

    for number, (trustee, key) in enumerate(zip(trustees, keys, strict=True), 1):
        ok = _holds(lambda n=number, t=trustee, k=key: follows(n, t, k))  # type: ignore[misc]
        notes.note("S05", ok, f"trustee {number}")


def examine_roll(election: Election, setup: Message, roll: Message, *, notes: Notes) -> None:
    """Examine the roll (L01, L02)."""
    if not notes.note("L01", fits("roll", roll), "roll"):
        notes.leave_out("L02")
        return
    text = roll["text"]
    digest, listed, lines = roll_hash(text), setup["roll"], read_roll(text)
    notes.note("L01", digest.hex() == listed["hash"], "hash")
    before = ""
    for number, (key, _voter) in enumerate(lines, 1):
        notes.note("L01", before < key and _is_key(key), f"line {number}")
        before = key
    weight = sum(voter.weight for _, voter in lines)
    notes.note("L01", (len(lines), weight) == (listed["count"], listed["weight"]), "sums")
    _examine_authority(election, roll, notes)


def _examine_authority(election: Election, roll: Message, notes: Notes) -> None:
    digest = roll_hash(roll["text"])
    signed = _holds(lambda: is_authorised(election, "roll", digest, proof=roll["signature"]))
    notes.note("L02", signed, "signature")
    for number, (_, voter) in enumerate(read_roll(roll["text"]), 1):
        known = voter.style in election.styles and voter.unit in election.group_of
        notes.note("L02", known, f"line {number}")
