"""Whole elections: the published one step by step, and one with everything in it."""

import pytest

from tests.tsv1.boards import ID, SEEDS, Town, chained, published, secret
from tsv1 import admission, ballots, board, canonical, ceremony, elections, proofs, tally, ties
from tsv1.encoding import decode_element, decode_scalar, encode_scalar
from tsv1.group import base, times
from tsv1.schema import fits

KINDS = {"open": "moment", "close": "moment"}


@pytest.fixture(scope="module")
def election(vectors):
    return elections.read_setup(vectors["setup"]["json"])


@pytest.fixture(scope="module")
def roll(vectors):
    return dict(elections.read_roll(vectors["roll"]["text"]))


@pytest.fixture(scope="module")
def casts(vectors, roll):
    return [
        tally.Cast(body["credential"], roll[body["credential"]], ballots.ballot_hash(body), body)
        for body in (ballot["json"] for ballot in vectors["ballots"])
    ]


@pytest.fixture(scope="module")
def town():
    return Town()


def test_every_published_message_has_its_form(vectors):
    for kind, body in published(vectors):
        assert fits(KINDS.get(kind, kind), body), kind
    assert fits("opening", vectors["opening"])


def test_the_published_board_is_chained(vectors):
    entries = chained(published(vectors))
    told = [{name: entry[name] for name in ("seq", "kind", "prev", "hash")} for entry in entries]
    assert told == vectors["board"]


def test_published_ballots_are_admitted(vectors, election, roll):
    last = {}
    for ballot in vectors["ballots"]:
        raw = canonical.write(ballot["json"])
        body = admission.read(raw)
        voter = roll[body["credential"]]
        standing = admission.Standing(voter, last=last.get(body["credential"], 0))
        findings = list(admission.examine(election, body, standing))
        assert [finding for finding in findings if not finding.ok] == []
        assert {finding.code for finding in findings} | {"B01", "B03"} == {
            f"B{number:02}" for number in range(1, 17)
        }
        last[body["credential"]] = body["sequence"]


def test_the_published_opening_opens_the_first_ballot(vectors, election):
    first, second, *_ = (ballot["json"] for ballot in vectors["ballots"])
    assert ballots.is_opening(election, first, vectors["opening"])
    assert not ballots.is_opening(election, second, vectors["opening"])
    opening = {**vectors["opening"], "body_hash": ballots.ballot_hash(second).hex()}
    assert not ballots.is_opening(election, second, opening)


def test_a_tracker_is_shown_in_groups(vectors):
    digest = bytes.fromhex(vectors["ballots"][0]["body_hash"])
    assert ballots.tracker(digest) == "GXZ8-10J3-1NQT-JC52-J5Z1-YJSZ"


def test_the_published_tally_and_result(vectors, election, casts):
    counted = tally.included(casts)
    assert [cast.body["sequence"] for cast in counted] == [1, 2, 1]
    assert tally.tally(election, counted) == vectors["tally"]
    partials = {partial["trustee"]: partial for partial in vectors["partials"]}
    assert tally.result(election, vectors["tally"], partials) == vectors["result"]


def test_the_published_parts_of_the_decryption(vectors, election):
    for number, expected in enumerate(vectors["partials"], 1):
        mine = secret(f"trustee-{number}")
        made = tally.partial(election, vectors["tally"], number, secret=mine)
        assert parts(made) == parts(expected)
        for where, a, cell in zip(
            *places(election, vectors["tally"]), cells(expected), strict=True
        ):
            share = tally.share_of(election, number, where)
            proof = proofs.read_proof(cell)
            assert proofs.is_share(share, a, decode_element(cell["d"]), proof=proof)


def parts(partial):
    return [cell["d"] for cell in cells(partial)]


def cells(partial):
    answers = [answer for group in partial["groups"] for answer in group["contests"]]
    return [cell for answer in answers for cell in answer["cells"]]


def places(election, told):
    where, elements = [], []
    for group in told["groups"]:
        for answer in group["contests"]:
            for label, cell in zip(
                election.questions[answer["contest"]].labels, answer["cells"], strict=True
            ):
                where.append((group["group"], answer["contest"], label))
                elements.append(decode_element(cell["a"]))
    return where, elements


def test_published_lots(vectors):
    published_lots = vectors["tie"]
    seeds = [bytes.fromhex(seed) for seed in published_lots["seeds"]]
    assert tuple(seeds) == SEEDS
    commitments = vectors["setup"]["json"]["tie_commitments"]
    assert commitments == [
        ties.seed_commitment(ID, at, one).hex() for at, one in enumerate(seeds, 1)
    ]
    seed = ties.joint_seed(ID, seeds)
    assert seed.hex() == published_lots["seed"]
    lots = {option: ties.lot(seed, "chair", option).hex() for option in ("ada", "bo", "cy")}
    assert lots == published_lots["keys_chair"]
    assert ties.tie_order(seed, "chair", ["cy", "bo", "ada"]) == ["ada", "bo", "cy"]


def test_the_published_ceremony_of_two_among_three(vectors):
    told = vectors["threshold_2_of_3"]
    shown = [[decode_element(c) for c in one] for one in told["coefficients"]]
    polynomials = [[secret(f"dkg/{i}/a{k}") for k in (0, 1)] for i in (1, 2, 3)]
    assert [[base(c) for c in one] for one in polynomials] == shown
    transports = [secret(f"dkg/{i}/transport") for i in (1, 2, 3)]
    assert [base(one).hex() for one in transports] == told["transport"]
    assert ceremony.joint_key(shown).hex() == told["public_key"]
    keys = [ceremony.verification_key(shown, i).hex() for i in (1, 2, 3)]
    assert keys == told["verification_keys"]
    shares = [sum(ceremony.value_at(one, i) for one in polynomials) for i in (1, 2, 3)]
    assert [base(share).hex() for share in shares] == keys
    for share in told["shares"]:
        sender, receiver = share["from"], share["to"]
        envelope = ceremony.Envelope(ID, sender, receiver)
        value = ceremony.value_at(polynomials[sender - 1], receiver)
        assert encode_scalar(value).hex() == share["share"]
        k = secret(f"dkg/{sender}/{receiver}/k")
        masked = ceremony.mask_share(
            envelope, value, base(transports[receiver - 1]), source=lambda k=k: k
        )
        assert masked == {"to": receiver, "k": share["k"], "masked": share["masked"]}
        assert ceremony.read_share(envelope, share, transports[receiver - 1]) == value
        assert ceremony.is_good_share(shown[sender - 1], receiver, value)
        assert not ceremony.is_good_share(shown[sender - 1], receiver, value + 1)


def test_any_two_of_the_published_three_decrypt(vectors):
    told = vectors["threshold_2_of_3"]
    shares = [decode_scalar(one) for one in told["secret_shares"]]
    for published_set in told["lagrange_at_0"]:
        among = published_set["set"]
        factors = [ceremony.lagrange(index, among) for index in among]
        assert [encode_scalar(one).hex() for one in factors] == published_set["lambda"]
        secret_sum = sum(f * shares[i - 1] for f, i in zip(factors, among, strict=True))
        assert base(secret_sum).hex() == told["public_key"]


def test_who_cheats_in_a_ceremony_is_named(town):
    shown = [base(c) for c in town.polynomials[0]]
    envelope = ceremony.Envelope(town.id, 1, 2)
    transport, k = secret("transport"), secret("k")
    good = ceremony.value_at(town.polynomials[0], 2)

    def judged(share, opened=k):
        told = ceremony.mask_share(envelope, share, base(transport), source=lambda: k)
        return ceremony.is_good_opening(envelope, told, shown, transport=base(transport), k=opened)

    assert judged(good)
    assert not judged(good + 1)
    assert not judged(good, opened=k + 1)


def test_a_message_of_a_ceremony_is_signed(town):
    place, key = ceremony.Place(town.id, 1), secret("signing")
    statement = ceremony.said(place, "commit", {"a": 1}, key=base(key))
    proof = proofs.sign(statement, key)
    assert proofs.signed(statement, base(key), proof)
    other = ceremony.said(place, "reveal", {"a": 1}, key=base(key))
    assert not proofs.signed(other, base(key), proof)


def test_trustees_of_a_threshold_prove_and_confirm(town):
    for trustee in town.ceremony["trustees"]:
        assert ceremony.is_committed(town.id, trustee)
        assert ceremony.is_confirmed(town.id, trustee, town.keys, joint=town.joint)
        assert not ceremony.is_confirmed(town.id, trustee, town.keys[::-1], joint=town.joint)
        assert not ceremony.is_committed(ID, trustee)
    silent = {k: v for k, v in town.ceremony["trustees"][0].items() if k != "confirmation"}
    assert not ceremony.is_confirmed(town.id, silent, town.keys, joint=town.joint)


def test_all_kinds_of_questions_are_counted(town):
    bodies = town.whole()
    for kind, body in bodies:
        known = kind.replace("-", "_")
        moment = kind in {"open", "close", "suspend", "resume", "extend"}
        assert fits("moment" if moment else known, body), kind
    result = dict(bodies)["result"]
    north, south, west = (
        {answer["contest"]: answer["cells"] for answer in group["contests"]}
        for group in result["groups"]
    )
    assert north == {"chair": [1, 0, 0, 1], "garden": [5, 2], "order": [1, 1, 0, 2]}
    assert south == {"chair": [0, 2, 0, 3], "garden": [0, 0], "order": [0, 3, 0, 3]}
    assert {cell for cells in west.values() for cell in cells} == {0}
    assert result["trustees"] == [1, 3]


@pytest.mark.parametrize(
    "choices",
    [
        {"chair": [1, 1, 0, 0]},
        {"chair": [0, 0, 0, 0]},
        {"chair": [1, 0, 0, 1]},
        {"chair": [2, 0, 0, 0]},
        {"chair": [1, 0, 0]},
        {"garden": [6, 0]},
        {"order": [1, 1, 0, 1]},
        {"order": [0, 0, 0, 1]},
    ],
    ids=str,
)
def test_what_may_not_be_chosen_cannot_be_sealed(town, choices):
    good = {"chair": [1, 0, 0, 0], "garden": [5, 2], "order": [1, 0, 0, 1]}
    with pytest.raises(ValueError, match=r"not in tuple|zip"):
        town.cast(0, {**good, **choices})


def test_a_logarithm_is_found_up_to_its_bound():
    logarithms = tally.Logarithms()
    for most in (0, 1, 2, 8, 99, 100, 10_000):
        for number in {0, 1, most - 1, most} - {-1}:
            expected = number if number <= most else None
            assert logarithms.find(base(number), most) == expected
        assert logarithms.find(base(most + 1), most) is None
        assert logarithms.find(base(-1), most) is None


def test_a_result_that_nobody_can_have_made_is_refused(vectors, election):
    partials = {partial["trustee"]: partial for partial in vectors["partials"]}
    group = vectors["tally"]["groups"][0]
    short = {**vectors["tally"], "groups": [{**group, "weight": 3}]}
    with pytest.raises(ValueError, match="chair"):
        tally.result(election, short, partials)


def test_a_checkpoint_is_signed_without_its_signature():
    told = {"election": ID, "seq": 3, "hash": "ab", "at": "x", "key": "k", "signature": "s"}
    assert board.checkpoint_text(told) == canonical.write(
        {"election": ID, "seq": 3, "hash": "ab", "at": "x"}
    )


def test_a_void_credential_does_not_count(casts):
    void = frozenset({casts[0].credential})
    assert len(tally.included(casts, void)) == 2


def test_weights_multiply_what_is_counted(vectors, election, casts):
    heavy = casts[3]
    told = tally.tally(election, [heavy])["groups"][0]["contests"][0]["cells"][0]
    cell = heavy.body["answers"][0]["cells"][0]
    assert decode_element(told["a"]) == times(3, decode_element(cell["a"]))
