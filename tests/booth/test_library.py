"""The library of the booth makes the ballots that our own makes, and says the same of tokens."""

import json
import random
from pathlib import Path

import pytest

from tsv1 import admission, ballots, canonical, credentials, elections, proofs
from tsv1.encoding import decode_scalar, encode_scalar
from tsv1.group import ORDER

PUBLISHED = json.loads((Path(__file__).parents[1] / "tsv1" / "vectors.json").read_text())
MANY = 200


def drawn_by(dice):
    return [dice.randrange(1, ORDER) for _ in range(200)]


def marked(dice, style):
    """Return something that a ballot of the town may hold."""
    chair = [0, 0, 0, 0]
    chair[dice.randrange(4)] = 1
    if style == "short":
        return {"chair": chair}
    turned = dice.choice([[1, 0, 0, 1], [0, 1, 1, 0], [1, 0, 1, 0], [0, 1, 0, 1]])
    return {"chair": chair, "garden": [dice.randrange(6), dice.randrange(6)], "order": turned}


def asked(town, dice, number):
    """Return what a booth is asked to seal, for one voter of the town after the other."""
    voter = number % 4
    style = "short" if voter == 2 else "full"
    lines = dict(elections.read_roll(town.roll["text"]))
    style = lines[town.credentials[voter]].style
    secret = encode_scalar(town.secrets[voter]).hex()
    return {"secret": secret, "style": style, "sequence": 1, "choices": marked(dice, style)}


def hand_of(case):
    return ballots.Hand(decode_scalar(case["secret"]), case["style"], case["sequence"])


def test_transcripts_and_canonical_texts(booth):
    cases = [{"tag": one["tag"], "fields": one["fields"]} for one in PUBLISHED["transcript"]]
    wanted = [{key: one[key] for key in ("bytes", "h32", "hs")} for one in PUBLISHED["transcript"]]
    assert [line["told"] for line in booth("transcript", cases)] == wanted
    text = bytes.fromhex(PUBLISHED["canonical"]["utf8_hex"]).decode()
    odd = {"a": "\x00\b\t\n\f\r\x1f\x7f\u2028/", "b10": 2**53 - 1, "b9": True, "_": []}
    values = [json.loads(text), odd]
    told = booth("write", [{"value": value} for value in values])
    assert [line["told"] for line in told] == [canonical.write(one).decode() for one in values]


@pytest.mark.parametrize(
    "value", [None, -1, 1.5, 2**53, "e\u0301", "\ud800", {"A": 1}, {"": 1}, [[None]]]
)
def test_what_no_message_holds_has_no_text(booth, value):
    assert "refused" in booth("write", [{"value": value}])[0]
    with pytest.raises(canonical.NotAllowed):
        canonical.write(value)


def test_credentials_of_tokens(booth):
    cases = [
        {"election": PUBLISHED["setup"]["json"]["election"], "token": one["token"]}
        for one in PUBLISHED["credentials"]
    ]
    wanted = [{key: one[key] for key in ("secret", "public")} for one in PUBLISHED["credentials"]]
    assert [line["told"] for line in booth("credential", cases)] == wanted


def test_tokens_are_read_as_ours_are(booth):
    dice = random.Random(5)  # noqa: S311 (the same each time)
    typed = ["", "x", "ABCDE-FGHJK-MNPQR-STVWX-YZ01U", "abcde fghjk mnpqr stvwx yzOiM"]
    for _ in range(MANY):
        token = credentials.show_token(credentials.draw_token())
        at = dice.randrange(len(token))
        typed += [token, token.lower(), token[:at] + dice.choice("0OIL1U!é") + token[at + 1 :]]
    told = [line["told"] for line in booth("token", [{"typed": one} for one in typed])]
    assert told == [read(one) for one in typed]
    assert told.count("") > MANY // 2


def read(typed):
    try:
        return credentials.read_token(typed)
    except credentials.MistypedToken:
        return ""


def test_the_published_ballots(booth):
    setup = PUBLISHED["setup"]
    assert booth("setup", [{"setup": setup["json"]}]) == [{"told": setup["hash"]}]
    told = booth("body", [{"body": one["json"]} for one in PUBLISHED["ballots"]])
    wanted = [
        {"body_hash": one["body_hash"], "tracker": tracked(one)} for one in PUBLISHED["ballots"]
    ]
    assert [line["told"] for line in told] == wanted


def tracked(ballot):
    return ballots.tracker(bytes.fromhex(ballot["body_hash"]))


def test_the_first_published_ballot_is_made_anew_from_its_opening(booth):
    setup, opening = PUBLISHED["setup"]["json"], PUBLISHED["opening"]
    body = PUBLISHED["ballots"][0]["json"]
    secret = PUBLISHED["credentials"][0]["secret"]
    case = {
        "setup": setup,
        "secret": secret,
        "style": body["style"],
        "sequence": body["sequence"],
        "choices": {
            one["contest"]: [cell["value"] for cell in one["cells"]] for one in opening["answers"]
        },
        "draws": [encode_scalar(one).hex() for one in redrawn(setup, body, opening, secret)],
    }
    assert booth("seal", [case]) == [{"told": {"body": body, "opening": opening}}]


def redrawn(setup, body, opening, secret):
    """Return what was drawn for a ballot, in the order of the drawing, from all its secrets."""
    election = elections.read_setup(setup)
    draws = []
    for answer, told in zip(body["answers"], opening["answers"], strict=True):
        question = election.questions[answer["contest"]]
        opened = [(cell["value"], decode_scalar(cell["r"])) for cell in told["cells"]]
        for cell, (value, r) in zip(answer["cells"], opened, strict=True):
            draws += [r, *branches_of(cell, question.values.index(value), r)]
        for one, cell in zip(question.sums, answer["sums"], strict=True):
            value = sum(many * opened[at][0] for at, many in one.terms)
            r = sum(many * opened[at][1] for at, many in one.terms)
            draws += branches_of(cell, one.values.index(value), r)
    signature = proofs.read_proof(body["signature"])
    return [*draws, (signature.z - signature.c * decode_scalar(secret)) % ORDER]


def branches_of(part, true, r):
    """Return the nonce of the true branch of a proof, then challenge and answer of the others."""
    branches = [proofs.read_proof(one) for one in part["proof"]]
    nonce = (branches[true].z - branches[true].c * r) % ORDER
    others = [branch for at, branch in enumerate(branches) if at != true]
    return [nonce, *(number for branch in others for number in (branch.c, branch.z))]


def test_equal_randomness_makes_equal_bytes(booth, town):
    dice = random.Random(7)  # noqa: S311 (the same each time)
    cases = [asked(town, dice, number) for number in range(24)]
    draws = [drawn_by(dice) for _ in cases]
    told = booth(
        "seal",
        [
            {"setup": town.setup, **case, "draws": [encode_scalar(one).hex() for one in drawn]}
            for case, drawn in zip(cases, draws, strict=True)
        ],
    )
    for case, drawn, line in zip(cases, draws, told, strict=True):
        source = iter(drawn).__next__
        ours = ballots.seal(town.election, hand_of(case), case["choices"], source=source)
        assert canonical.write(line["told"]["body"]) == canonical.write(ours.body)
        assert line["told"]["opening"] == ours.opening


def test_what_a_booth_draws_itself_is_taken(booth, town):
    dice = random.Random(11)  # noqa: S311 (the same each time)
    cases = [asked(town, dice, number) for number in range(MANY)]
    told = booth("seal", [{"setup": town.setup, **case} for case in cases])
    voters = dict(elections.read_roll(town.roll["text"]))
    for line in told:
        raw = canonical.write(line["told"]["body"])
        body = admission.read(raw)
        standing = admission.Standing(voters[body["credential"]])
        assert [one for one in admission.examine(town.election, body, standing) if not one.ok] == []
    assert len({line["told"]["opening"]["body_hash"] for line in told}) == MANY


def test_choices_that_no_ballot_holds_are_not_sealed(booth, town):
    full = asked(town, random.Random(1), 0)  # noqa: S311 (the same each time)
    odd = [
        {**full["choices"], "chair": [1, 1, 0, 0]},
        {**full["choices"], "chair": [1, 0, 0, 1]},
        {**full["choices"], "chair": [2, 0, 0, 0]},
        {**full["choices"], "chair": [1, 0, 0]},
        {**full["choices"], "garden": [6, 0]},
        {**full["choices"], "order": [1, 1, 0, 0]},
    ]
    told = booth("seal", [{"setup": town.setup, **full, "choices": one} for one in odd])
    assert all("refused" in line for line in told)


def test_an_opening_opens_its_own_ballot_alone(booth, town):
    dice = random.Random(3)  # noqa: S311 (the same each time)
    case = asked(town, dice, 0)
    one, other = (
        line["told"] for line in booth("seal", [{"setup": town.setup, **case} for _ in range(2)])
    )
    changed = json.loads(json.dumps(one["opening"]))
    cell = changed["answers"][0]["cells"][0]
    cell["value"] = 1 - cell["value"]
    pairs = [
        (one["body"], one["opening"]),
        (one["body"], other["opening"]),
        (one["body"], changed),
        (one["body"], {**one["opening"], "answers": one["opening"]["answers"][:2]}),
        (other["body"], {**one["opening"], "body_hash": other["opening"]["body_hash"]}),
    ]
    told = booth(
        "opening",
        [{"setup": town.setup, "body": body, "opening": opening} for body, opening in pairs],
    )
    assert [line["told"] for line in told] == [True, False, False, False, False]
    assert ballots.is_opening(town.election, one["body"], one["opening"])
