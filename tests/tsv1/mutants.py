"""Changed boards: every field of every message of the published election, changed in every way.

A mutant names the entry, the path in its body and the way it was changed; `EXPECTED` tells the
check that must refuse it. The chain is made anew, so that the change itself is what is found.
"""

import re
from copy import deepcopy
from dataclasses import dataclass

from tests.tsv1 import oracle
from tests.tsv1.boards import archive, chained, checkpoint
from tsv1.canonical import write
from tsv1.group import ORDER, base
from tsv1.transcript import h32

OTHER = base(4711).hex()  # A good element of another election,
OTHER_SCALAR = (4711).to_bytes(32, "little").hex()  # and a good scalar.
HEX = re.compile(r"[0-9a-f]{64}")
ELEMENTS = {
    *("a", "b", "d", "public_key", "authority_key", "credential", "keys", "signing_key"),
    *("coefficients", "transport_key", "replacement"),
}
SCALARS = {"c", "z"}
MALFORMED = {"setup": "S01", "ballot": "B01", "roll": "L01"}  # Every other message: C01.

# Where, which ways (none: any), and the check that must refuse it. The first line that fits
# counts. Two codes: the first where the changed value is no element or scalar, else the second.
EXPECTED = [
    (r".*", "extra upper", "form"),
    (r".*/v|setup/(protocol|group)|.*/kind", "", "form"),
    # The set-up. What no earlier check looks at changes the hash that ballots are made for.
    (r"setup/(contests|styles|groups|roll|trustees)/\w+/?\d*", "drop-key", "S01"),
    (r"setup/election", "word", "S04"),
    (r"setup/contests/\d/id", "word", "S01"),
    (r"setup/contests", "drop dup", "S01"),
    (r"setup/contests/1/options", "drop", "S01"),
    (r"setup/contests/\d/options", "dup", "S01"),
    (r"setup/contests/0/min|setup/contests/1/max", "more", "S01"),
    (r"setup/contests/\d/max", "zero", "S01"),
    (r"setup/styles", "drop dup", "S01"),
    (r"setup/styles/0/id", "word", "L02"),
    (r"setup/styles/0/contests", "dup", "S01"),
    (r"setup/styles/0/contests/\d", "word", "S01"),
    (r"setup/groups", "drop dup", "S01"),
    (r"setup/groups/0/members", "dup", "S01"),
    (r"setup/groups/0/members", "drop", "L02"),
    (r"setup/groups/0/members/\d", "word", "L02"),
    (r"setup/roll/(count|weight)|setup/trustees/threshold", "zero", "S01"),
    (r"setup/roll/\w+", "", "L01"),
    (r"setup/trustees/mode", "word", "S04"),
    (r"setup/trustees/threshold", "more", "S01"),
    (r"setup/trustees/keys", "drop dup", "S01"),
    (r"setup/trustees/keys", "reorder", "S05"),
    (r"setup/trustees/keys/\d|setup/public_key", "", "S03 S02"),
    (r"setup/trustees/ceremony", "", "S04"),
    (r"setup/authority_key", "", "S03 L02"),
    (r"setup/.*", "", "B02"),
    # The ceremony is fixed by its hash in the set-up.
    (r"ceremony/trustees/\d/index|ceremony/threshold", "zero", "form"),
    (r"ceremony/trustees/\d/coefficients", "drop", "form"),
    (r"ceremony/.*", "", "S04"),
    (r"forged/trustees/\d/(name|signing_key)", "", "B02"),
    (r"forged/trustees/\d/coefficients/0", "", "S04"),
    (r"forged/.*", "", "S04"),
    # The roll is fixed by its hash, and signed.
    (r"roll/signature/[cz]", "", "L02"),
    (r"roll/text", "", "L01"),
    # Ballots.
    (r"ballot/election", "", "B02"),
    (r"ballot/channel", "word", "B13"),
    (r"ballot/style", "word", "B07"),
    (r"ballot/credential", "", "B04"),
    (r"ballot/sequence", "zero", "form"),
    (r"ballot/sequence", "more", "B13"),
    (r"ballot/answers(/\d/contest)?", "", "B07"),
    (r"ballot/answers/\d/cells", "drop dup", "B08"),
    (r"ballot/answers/\d/cells", "reorder", "B11"),
    (r"ballot/answers/\d/cells/\d/[ab]", "", "B09 B11"),
    (r"ballot/answers/\d/cells/\d/proof", "drop", "form"),
    (r"ballot/answers/\d/(cells|sums)/\d/proof", "drop dup", "B08"),
    (r"ballot/answers/\d/cells/\d/proof", "reorder", "B11"),
    (r"ballot/answers/\d/cells/\d/proof/\d/[cz]", "", "B10 B11"),
    (r"ballot/answers/\d/sums", "", "B08"),
    (r"ballot/answers/\d/sums/\d/label", "word", "B08"),
    (r"ballot/answers/\d/sums/\d/proof", "reorder", "B12"),
    (r"ballot/answers/\d/sums/\d/proof/\d/[cz]", "", "B10 B12"),
    (r"ballot/signature/[cz]", "", "B10 B13"),
    # Closing and counting.
    (r"close/ballots", "", "X01"),
    (r"tally/included", "", "X01"),
    (r"tally/groups", "drop", "form"),
    (r"tally/.*", "", "X02"),
    (r"partial/trustee", "zero", "form"),
    (r"partial/trustee", "more", "D01"),
    (r"partial/groups/\d/contests/\d/cells", "reorder", "D02"),
    (r"partial/.*/[dcz]", "", "D01 D02"),
    (r"partial/.*", "", "D01"),
    (r"result/trustees/\d", "zero", "form"),
    (r"result/trustees.*", "", "D03"),
    (r"result/groups", "drop", "form"),
    (r"result/.*", "", "R01"),
]


@dataclass(frozen=True)
class Mutant:
    """An archive that must be refused, and the check that must refuse it."""

    name: str
    raw: bytes
    code: str


@dataclass(frozen=True)
class Change:
    """A way in which a body was changed."""

    path: str
    way: str
    body: dict
    value: object = None


def changes(body):
    """Yield every change of every part of a body."""
    for keys in places(body):
        path = "/".join(map(str, keys))
        for way, value in ways(keys, found(body, keys)):
            changed = deepcopy(body)
            if keys:
                found(changed, keys[:-1])[keys[-1]] = value
            else:
                changed = value
            if changed != body:
                yield Change(path, way, changed, value)
        if keys and isinstance(keys[-1], str):
            changed = deepcopy(body)
            del found(changed, keys[:-1])[keys[-1]]
            yield Change(path, "drop-key", changed)


def places(value, keys=()):
    """Yield the keys that lead to every part of a message."""
    yield keys
    inner = value.items() if isinstance(value, dict) else []
    inner = enumerate(value) if isinstance(value, list) else inner
    for key, one in inner:
        yield from places(one, (*keys, key))


def found(value, keys):
    for key in keys:
        value = value[key]
    return value


def ways(keys, value):
    """Yield the ways to change one part, and what it becomes."""
    if isinstance(value, dict):
        yield "extra", {**value, "extra": 1}
    elif isinstance(value, list):
        yield "drop", value[1:]
        yield "dup", [value[0], *value]
        yield "reorder", value[::-1]
    elif isinstance(value, bool):
        yield "word", not value
    elif isinstance(value, int):
        yield "more", value + 1
        yield "zero", 0
    elif HEX.fullmatch(value):
        yield from hex_ways(kind_of(keys), value)
    elif value.endswith("\n"):
        yield from roll_ways(value)
    else:
        yield "word", WORDS.get(keys[-1], "other")


WORDS = {
    "election": "01JZX5W0QS4D8M2V7K3T9RYB6D",
    "opens_at": "2026-05-04T07:00:01Z",
    "closes_at": "2026-05-06T20:00:01Z",
    "revote": "none",
    "mode": "threshold",
    "channel": "kiosk",
    "label": "row:0",
    "at": "2026-05-05T12:00:00Z",
}


def kind_of(keys):
    name = next(key for key in reversed(keys) if isinstance(key, str))
    return "element" if name in ELEMENTS else "scalar" if name in SCALARS else "hash"


def hex_ways(kind, value):
    number = int.from_bytes(bytes.fromhex(value), "little")
    yield "flip", (number ^ 2).to_bytes(32, "little").hex()
    yield "zero", "00" * 32  # Of an element: the identity.
    yield "upper", value.upper() if value.upper() != value else "AB" * 32
    yield "other", OTHER_SCALAR if kind == "scalar" else OTHER
    if kind == "scalar":
        yield "non-canonical", (number + ORDER).to_bytes(32, "little").hex()
    elif kind == "element":
        yield "non-canonical", (number | 1 << 255).to_bytes(32, "little").hex()


def roll_ways(text):
    lines = text.splitlines(keepends=True)
    yield "drop", "".join(lines[1:])
    yield "dup", "".join([lines[0], *lines])
    yield "reorder", "".join(lines[::-1])
    yield "flip", text.replace("2", "3", 1)
    yield "other", OTHER + text[64:]
    yield "zero", "00" * 32 + text[64:]
    yield "non-canonical", "ff" * 32 + text[64:]
    yield "more", text.replace(",1,", ",2,", 1)
    yield "word", text.replace("south", "west")


def expected(kind, change):
    """Return the check that must refuse a change."""
    where = f"{kind}/{change.path}".rstrip("/")
    form = MALFORMED.get(kind, "C01")
    if change.way == "drop-key":
        return form
    for pattern, fitting, code in EXPECTED:
        if re.fullmatch(pattern, where) and (not fitting or change.way in fitting.split()):
            first, *second = code.replace("form", form).split()
            return second[0] if second and decodes(change) else first
    return None


def decodes(change):
    """Tell, by the slow group, whether a changed value could stand where it stands."""
    raw = bytes.fromhex(change.value)
    if kind_of([*change.path.split("/")]) == "scalar":
        return int.from_bytes(raw, "little") < ORDER
    return any(raw) and oracle.decode(raw) is not None


UNSEEN = {  # Another time is as good, and a closing need not tell how many ballots it found.
    ("open", "at", "word"),
    ("close", "at", "word"),
    ("close", "ballots", "drop-key"),
}


def changed_messages(bodies, deep):
    """Yield a mutant for every change of every message; of ballots and parts only the deep ones."""
    for at, (kind, body) in enumerate(bodies):
        if kind in {"ballot", "partial"} and at not in deep:
            continue
        for change in changes(body):
            if (kind, change.path, change.way) not in UNSEEN:
                name = f"{at} {kind}/{change.path} {change.way}"
                entries = [*bodies[:at], (kind, change.body), *bodies[at + 1 :]]
                yield Mutant(name, chained_anew(entries), expected(kind, change))


def unseen_without_checkpoint(bodies):
    """Yield boards that are as good as the first one, but not what its checkpoint has seen."""
    seen = checkpoint(chained(bodies)[-1])
    boards = [
        (
            f"{kind}/{change.path} {change.way}",
            [*bodies[:at], (kind, change.body), *bodies[at + 1 :]],
        )
        for at, (kind, body) in enumerate(bodies)
        for change in changes(body)
        if (kind, change.path, change.way) in UNSEEN
    ]
    boards += [
        (f"{at} moved", [*bodies[:at], bodies[at + 1], bodies[at], *bodies[at + 2 :]])
        for at, code in enumerate(MOVED)
        if code is None
    ]
    for name, board in boards:
        yield Mutant(f"unseen {name}", archive(chained(board), seen), "C04")


def chained_anew(entries):
    return archive(chained(entries, election_of(entries)))


def election_of(entries):
    named = entries[0][1].get("election")
    return named if isinstance(named, str) else ""


def forged_ceremonies(bodies):
    """Yield ceremonies that are changed together with their hash in the set-up."""
    (_, setup), (_, ceremony), *rest = bodies
    for change in changes(ceremony):
        if change.way in {"drop-key", "extra", "upper"} or change.path in {
            "v",
            "mode",
            "threshold",
        }:
            continue
        code = expected("forged", change)
        if re.fullmatch(r"trustees/\d/(index|coefficients)", change.path) and change.way in {
            "zero",
            "drop",
        }:
            code = "C01"
        hashed = h32("ceremony", write(change.body)).hex()
        forged = {**setup, "trustees": {**setup["trustees"], "ceremony": hashed}}
        entries = [("setup", forged), ("ceremony", change.body), *rest]
        yield Mutant(f"forged/{change.path} {change.way}", archive(chained(entries)), code)


def broken_chains(bodies):
    """Yield entries that are changed, dropped, doubled or moved without a new chain."""
    entries = chained(bodies)
    for at, entry in enumerate(entries):
        around = entries[:at], entries[at + 1 :]
        for change in changes(entry["body"]):
            if change.way in {"flip", "word", "more", "reorder"} and change.path != "v":
                changed = {**entry, "body": change.body}
                raw = archive([*around[0], changed, *around[1]])
                yield Mutant(f"{at} unchained {change.path} {change.way}", raw, "C02")
        for name in ("prev", "hash"):
            for way, value in hex_ways("hash", entry[name]):
                if value == entry[name]:
                    continue
                raw = archive([*around[0], {**entry, name: value}, *around[1]])
                yield Mutant(f"{at} {name} {way}", raw, "C01" if way == "upper" else "C02")
        yield Mutant(
            f"{at} seq", archive([*around[0], {**entry, "seq": at + 1}, *around[1]]), "C02"
        )
        yield Mutant(f"{at} twice", archive([*around[0], entry, entry, *around[1]]), "C02")
        if around[1]:
            yield Mutant(f"{at} missing", archive([*around[0], *around[1]]), "C02")
            moved = [*around[0], around[1][0], entry, *around[1][1:]]
            yield Mutant(f"{at} moved", archive(moved), "C02")


def other_texts(bodies):
    """Yield lines that say the same, or more, in another text."""
    lines = archive(chained(bodies)).splitlines(keepends=True)
    for at, line in enumerate(lines):
        for name, text in (
            ("space", line.replace(b":", b": ", 1)),
            ("twice", line.replace(b'"seq":', b'"seq":7,"seq":', 1)),
            ("null", line.replace(b'"seq":', b'"none":null,"seq":', 1)),
            ("fraction", line.replace(b'"seq":%d' % at, b'"seq":%d.0' % at, 1)),
            ("escape", line.replace(b'"kind":"', b'"kind":"\\u0061', 1)),
            ("order", line.replace(b'{"body":', b'{"zzz":1,"body":', 1)),
            ("letters", line.replace(b'"kind":"', b'"kind":"\xff', 1)),
            ("torn", line[:-2] + b"\n"),
        ):
            raw = b"".join([*lines[:at], text, *lines[at + 1 :]])
            yield Mutant(f"{at} text {name}", raw, "C01")


# Which entry is left out, comes twice, or changes places with the next one: kinds, then ballots
# 4 to 7 (4 and 6 are of one voter) and parts 10 and 11. Ballot 4 before 5 and one part before the
# other are boards as good as the first: a checkpoint tells them apart. A ballot before the opening
# is refused (B15), and then the second one of its voter has no first (B14).
LEFT_OUT = ["C03"] * 4 + ["B14", "X01", "X01", "X01"] + ["C03"] * 2 + ["D03", "D03", "C03"]
TWICE = ["C03"] * 4 + ["B14"] * 4 + ["C03"] * 2 + ["D01", "D01", "C03"]
MOVED = ["C03"] * 3 + ["B14", None, "X01", "X01", "B15"] + ["C03"] * 2 + [None, "C03"]


def other_boards(bodies):
    """Yield boards with an entry less, one twice, or two in another order, and a new chain."""
    for at, body in enumerate(bodies):
        before, after = bodies[:at], bodies[at + 1 :]
        boards = [
            ("missing", [*before, *after], LEFT_OUT),
            ("twice", [*before, body, body, *after], TWICE),
        ]
        if after:
            boards.append(("moved", [*before, after[0], body, *after[1:]], MOVED))
        for name, board, codes in boards:
            if codes[at]:
                yield Mutant(f"{at} {body[0]} {name}", chained_anew(board), codes[at])


def corpus(bodies):
    """Return all mutants of the published election: ballot 5 and part 11 stand for their like."""
    return [
        *changed_messages(bodies, deep={5, 10}),
        *forged_ceremonies(bodies),
        *broken_chains(bodies),
        *other_texts(bodies),
        *other_boards(bodies),
        *unseen_without_checkpoint(bodies),
    ]
