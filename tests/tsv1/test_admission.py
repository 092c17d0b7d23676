"""A ballot is refused with the code of the first check that it fails."""

from copy import deepcopy
from dataclasses import replace

import pytest

from tests.tsv1.boards import secret
from tsv1 import admission, ballots, canonical, elections, proofs
from tsv1.encoding import decode_element
from tsv1.group import ORDER, base
from tsv1.schema import fits

FULL = ("ff" * 32, "00" * 32, ORDER.to_bytes(32, "little").hex())


@pytest.fixture(scope="module")
def election(vectors):
    return elections.read_setup(vectors["setup"]["json"])


@pytest.fixture
def body(vectors):
    return deepcopy(vectors["ballots"][0]["json"])


@pytest.fixture
def standing(vectors, body):
    return admission.Standing(
        dict(elections.read_roll(vectors["roll"]["text"]))[body["credential"]]
    )


def refused(election, body, standing):
    """Return the code that a ballot is refused with; none where it is admitted."""
    findings = list(admission.examine(election, body, standing))
    return [finding.code for finding in findings if not finding.ok]


def signed_again(vectors, election, body):
    key = decode_element(body["credential"])
    known = {one["public"]: one["secret"] for one in vectors["credentials"]}
    mine = int.from_bytes(bytes.fromhex(known[body["credential"]]), "little")
    statement = ballots.ballot_statement(election.hash, key, ballots.ballot_hash(body))
    return {**body, "signature": proofs.sign(statement, mine).told()}


def test_a_good_ballot_is_admitted(election, body, standing):
    assert refused(election, body, standing) == []


@pytest.mark.parametrize(
    ("known", "code"),
    [
        ({"voter": None}, "B04"),
        ({"is_void": True}, "B05"),
        ({"channels": frozenset({"kiosk"})}, "B06"),
        ({"last": 1}, "B14"),
        ({"is_open": False}, "B15"),
        ({"is_known": True}, "B16"),
    ],
    ids=str,
)
def test_what_is_known_decides(election, body, standing, known, code):
    assert refused(election, body, replace(standing, **known)) == [code]


def test_where_nobody_votes_again_the_second_ballot_is_refused(election, vectors, standing):
    body = vectors["ballots"][2]["json"]
    once = replace(election, revote=False)
    assert refused(election, body, replace(standing, last=1)) == []
    assert refused(once, body, replace(standing, last=1)) == ["B14"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda body: body.update(election="ab" * 32), "B02"),
        (lambda body: body.update(style="other"), "B07"),
        (lambda body: body["answers"].reverse(), "B07"),
        (lambda body: body["answers"].pop(), "B07"),
        (lambda body: body["answers"][0]["cells"].pop(), "B08"),
        (lambda body: body["answers"][0]["cells"][0]["proof"].append({"c": "", "z": ""}), "B08"),
        (lambda body: body["answers"][1]["sums"].clear(), "B08"),
        (lambda body: body["answers"][1]["sums"][0].update(label="row:0"), "B08"),
        (lambda body: body["answers"][0]["cells"][0].update(a=FULL[0]), "B09"),
        (lambda body: body["answers"][0]["cells"][0].update(b=FULL[1]), "B09"),
        (lambda body: body["answers"][0]["cells"][0]["proof"][0].update(c=FULL[2]), "B10"),
        (lambda body: body["answers"][0]["sums"][0]["proof"][0].update(z=FULL[0]), "B10"),
        (lambda body: body["signature"].update(z=FULL[2]), "B10"),
        (lambda body: body["answers"][0]["cells"].reverse(), "B11"),
        (lambda body: body["answers"][0]["cells"][0]["proof"].reverse(), "B11"),
        (lambda body: body["answers"][1]["sums"][0]["proof"].reverse(), "B12"),
        (lambda body: body.update(channel="kiosk"), "B13"),
    ],
)
def test_what_a_ballot_says_decides(election, body, standing, change, code):
    change(body)
    assert refused(election, body, standing) == [code]


def test_a_finding_tells_where(election, body, standing):
    body["answers"][0]["cells"][3]["proof"].reverse()
    *_, last = admission.examine(election, body, standing)
    assert last == admission.Finding("B11", ok=False, contest="chair", label="blank")


def test_signing_again_does_not_mend_a_proof(vectors, election, body, standing):
    body["answers"][0]["cells"][0]["proof"].reverse()
    assert refused(election, signed_again(vectors, election, body), standing) == ["B11"]
    body["answers"][0]["cells"][0]["proof"].reverse()
    body["sequence"] = 2
    assert refused(election, signed_again(vectors, election, body), standing) == ["B14"]


def test_a_cell_of_another_value_needs_another_proof(election, body, standing):
    cell = body["answers"][0]["cells"][0]
    cell.update(proofs.encrypt(election.key, 5, secret("r")).told())
    assert refused(election, body, standing) == ["B11"]
    claim = ballots.claim(election, base(1), election.questions["chair"])
    with pytest.raises(ValueError, match="not in tuple"):
        proofs.prove_member(claim, proofs.Opening(5, 1))


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (lambda _raw: b"", "B01"),
        (lambda raw: raw[:-1], "B01"),
        (lambda raw: raw.replace(b'"v":1', b'"v":2'), "B01"),
        (lambda raw: raw.replace(b'"v":1', b'"v":true'), "B01"),
        (lambda raw: raw.replace(b'"v":1', b'"v":1,"w":1'), "B01"),
        (lambda raw: raw.replace(b'"v":1', b'"v":1,"v":1'), "B01"),
        (lambda raw: raw.replace(b"browser", b"post"), "B01"),
        (lambda raw: raw.replace(b'"a":"0', b'"a":"A'), "B01"),
        (lambda raw: raw + b" " * canonical.BALLOT, "B01"),
        (lambda raw: raw + b"\n", "B03"),
        (lambda raw: raw.replace(b":", b": ", 1), "B03"),
        (lambda raw: raw.replace(b"browser", b"\\u0062rowser"), "B03"),
    ],
)
def test_bytes_that_are_no_ballot_are_refused(body, raw, code):
    with pytest.raises(admission.BallotRefused) as told:
        admission.read(raw(canonical.write(body)))
    assert told.value.code == code


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("signature", {}),
        ("signature", []),
        ("signature", {"c": "00" * 32, "z": "00" * 31}),
        ("signature", {"c": "00" * 32, "z": "00" * 32 + "\n"}),
        ("seed_reveal", {"index": True, "seed": "00" * 32}),
        ("seed_reveal", {"index": 10, "seed": "00" * 32}),
        ("credential_void", {}),
        ("moment", {"at": "2026-05-04T07:00:00Z", "reason": ""}),
    ],
)
def test_a_message_of_another_form_does_not_fit(kind, message):
    assert not fits(kind, message)
