"""From the draft of an encrypted election to its freezing, with real secrets on both databases."""

from dataclasses import replace

import pytest

from tests.services.elections.founding import NAMES, founding, lines, somebody
from tests.services.elections.polling import INES, OFFICIATING, PRIYA
from townsquare.core.errors import Invalid, NotFound
from townsquare.core.parts import Somebody
from townsquare.core.usecase import Actor
from townsquare.services.elections.commands.ceremony import (
    AbortCeremony,
    NameAuthority,
    NameHolders,
    NameTrustees,
    RevealSeed,
    SubmitMessages,
)
from townsquare.services.elections.commands.elections import AddContest
from townsquare.services.elections.commands.fields import Chosen, ChosenVersion
from townsquare.services.elections.errors import (
    CeremonyRound,
    NotReady,
    NotYourPart,
    ProofInvalid,
    RolesNotSeparate,
)
from townsquare.services.elections.queries.ceremony import read_duty, read_preparation
from townsquare.services.elections.queries.elections import read_set_up
from townsquare.services.elections.results.ceremony import HeldSeed
from townsquare.services.elections.usecases.ceremony import reveal_seed, submit_messages
from townsquare.services.elections.usecases.freezing import propose_freeze
from townsquare.services.elections.usecases.leaving import PERSONAL
from townsquare.services.elections.usecases.naming import (
    abort_ceremony,
    name_authority,
    name_holders,
    name_trustees,
)
from townsquare.services.elections.usecases.setting_up import add_contest
from townsquare_verify.foundation import examine_roll, examine_setup, examine_trustees
from townsquare_verify.report import Notes
from tsv1 import elections
from tsv1.encoding import decode_element
from tsv1.group import base, draw

pytestmark = pytest.mark.engines("sqlite", "postgresql")
FOUNDATION = ("S01", "S02", "S03", "S04", "S05", "L01", "L02")


@pytest.fixture
def made(town, clock):
    """An encrypted draft whose people are named: Lena, Tomas and Kofi, two of whom are needed."""
    draft = founding(town, clock)
    draft.name_all()
    return draft


def examined(made):
    """Return what the verifier says of the messages that were frozen."""
    setup, ceremony, roll = made.messages()
    notes = Notes()
    examine_setup(setup, notes)
    examine_trustees(setup, ceremony, notes)
    examine_roll(elections.read_setup(setup), setup, roll, notes=notes)
    return {code: notes.outcomes[code].ok for code in FOUNDATION}


def asked_of(made, name):
    with made.town.working(made.people[name], reads=True) as ctx:
        return read_duty(ctx, Chosen(id=made.id))


def prepared(made):
    with made.town.working(INES, reads=True) as ctx:
        return read_preparation(ctx, Chosen(id=made.id))


def missing(made):
    with made.town.working(INES, reads=True) as ctx:
        return read_set_up(ctx, Chosen(id=made.id)).missing


def test_two_of_three_trustees_found_an_election(made):
    made.prepare()
    made.freeze()
    setup = made.messages()[0]
    assert examined(made) == dict.fromkeys(FOUNDATION, True)
    read = elections.read_setup(setup)
    frozen = made.rows("SELECT setup_hash, state, drawn FROM elections_election")
    assert frozen == [(read.hash.hex(), "frozen", "")]
    assert made.rows("SELECT count(*) FROM elections_poll_key") == [(0,)]
    board = made.rows("SELECT kind FROM elections_board_entry ORDER BY seq")
    assert board == [("setup",), ("ceremony",), ("roll",)]
    kept = "SELECT pub, weight, style, grp, state FROM elections_credential ORDER BY pub"
    lines_of = [line.split(",") for line in made.messages()[2]["text"].splitlines()]
    assert made.rows(kept) == [(p, int(w), s, g, "active") for p, w, s, g in lines_of]
    assert [one["rule_set"] for one in setup["rules"]] == ["plurality", "k-of-n"]
    assert [one["options"] for one in setup["contests"]] == [["ada", "bo", "cy"], ["path", "well"]]


def test_any_two_of_them_have_the_key(made):
    from tsv1.ceremony import lagrange
    from tsv1.group import times, total

    made.prepare()
    made.freeze()
    setup = made.messages()[0]
    for pair in ((1, 2), (1, 3), (2, 3)):
        parts = [times(lagrange(one, pair), base(made.secret_of(one))) for one in pair]
        assert total(parts) == decode_element(setup["public_key"])
    keys = [base(made.secret_of(number)).hex() for number in (1, 2, 3)]
    assert keys == setup["trustees"]["keys"]


def test_all_trustees_found_an_election(town, clock):
    made = founding(town, clock)
    made.name_all(trustees=("Lena", "Tomas"), mode="all")
    made.commit_all(additive=True)
    made.reveal_all()
    made.confirm_all()
    made.issue()
    made.commit_seeds()
    made.freeze()
    assert examined(made) == dict.fromkeys(FOUNDATION, True)
    assert made.messages()[0]["trustees"]["threshold"] == 2


def test_points_and_grades_are_sealed_too(town, clock):
    points = {"code": "pts", "title": "Points", "options": "Ada\nBo", "rule": "score", "least": 0}
    grades = {**points, "code": "jury", "title": "Grades", "rule": "majority-judgement"}
    made = founding(town, clock, contests=(points, grades))
    made.name_all()
    made.prepare()
    made.freeze()
    assert examined(made) == dict.fromkeys(FOUNDATION, True)
    assert [one["kind"] for one in made.messages()[0]["contests"]] == ["score", "grid"]


def test_each_is_told_what_to_do_next(made):
    assert asked_of(made, "Lena").asked == "commit"
    made.say("Lena", made.trustees[0].commit())
    told = asked_of(made, "Lena")
    assert (told.asked, told.waiting_for) == ("wait", ["Tomas", "Kofi"])
    made.say("Tomas", made.trustees[1].commit())
    made.say("Kofi", made.trustees[2].commit())
    assert [asked_of(made, name).asked for name in NAMES[:3]] == ["reveal"] * 3
    made.reveal_all()
    assert asked_of(made, "Kofi").asked == "share"
    made.share_all()
    assert asked_of(made, "Kofi").asked == "confirm"
    made.confirm_all()
    assert asked_of(made, "Kofi").asked == "nothing"
    assert {one.state for one in prepared(made).trustees} == {"confirmed"}
    assert asked_of(made, "Omar").roll == "missing"
    assert asked_of(made, "Tomas").seeds == [HeldSeed(2, "commit")]


def test_a_trustee_is_told_what_they_have_handed_in_and_what_comes_next(made):
    assert asked_of(made, "Lena").handed == []
    made.commit_all()
    made.say("Lena", made.trustees[0].reveal())
    told = asked_of(made, "Lena")
    assert [(one.what, one.at) for one in told.handed] == [
        ("commit", made.clock()),
        ("reveal", made.clock()),
    ]
    assert (told.asked, told.next, told.complaint) == ("wait", "share", False)
    for name, trustee in zip(NAMES[1:3], made.trustees[1:], strict=True):
        made.say(name, trustee.reveal())
    made.share_all()
    told = asked_of(made, "Lena")
    assert (told.asked, told.next, told.complaint) == ("confirm", "confirm", True)
    made.confirm_all()
    told = asked_of(made, "Lena")
    assert (told.asked, told.next, told.complaint) == ("nothing", "", False)
    assert [one.what for one in told.handed] == ["commit", "reveal", "share", "confirm"]


def test_a_cheating_sharer_is_named_and_all_begin_again(made):
    made.commit_all()
    made.reveal_all()
    made.share_all(wrong=(2, 1))
    lena, tomas, _kofi = made.trustees
    rounds = made.rounds()
    made.say("Lena", lena.complain(rounds, 2))
    assert asked_of(made, "Tomas").asked == "answer"
    assert prepared(made).complaints == ["Tomas"]
    with pytest.raises(CeremonyRound):
        made.say("Lena", lena.confirm(rounds))
    assert made.say("Tomas", tomas.answer(1)).named == 2
    told = prepared(made)
    assert (told.attempt, told.aborted, told.named) == (2, "bad-share", "Tomas")
    assert {one.state for one in told.trustees} == {"invited"}
    assert made.rows("SELECT count(*) FROM elections_ceremony_message WHERE attempt = 1") == [(14,)]
    made.prepare()
    made.freeze()
    assert examined(made) == dict.fromkeys(FOUNDATION, True)


def test_a_false_complaint_names_who_complained(made):
    made.commit_all()
    made.reveal_all()
    made.share_all()
    lena, tomas, _kofi = made.trustees
    made.say("Lena", lena.complain(made.rounds(), 2))
    assert made.say("Tomas", tomas.answer(1)).named == 1
    assert prepared(made).attempt == 1
    events = made.rows("SELECT count(*) FROM core_outbox WHERE name = 'elections.TrusteeNamed'")
    assert events == [(1,)]


def test_nobody_shows_a_key_before_all_have_committed(made):
    made.say("Lena", made.trustees[0].commit())
    with pytest.raises(CeremonyRound, match="round"):
        made.say("Lena", made.trustees[0].reveal())


def test_a_message_is_said_once_and_repeated_without_harm(made):
    lena = made.trustees[0]
    first = lena.commit()
    made.say("Lena", first)
    made.say("Lena", first)
    assert made.rows("SELECT count(*) FROM elections_ceremony_message") == [(1,)]
    lena.polynomial[0] = draw()
    with pytest.raises(CeremonyRound, match="repeated"):
        made.say("Lena", lena.commit())


def test_nobody_speaks_for_another_trustee(made):
    with pytest.raises(NotYourPart):
        made.say("Tomas", made.trustees[0].commit())
    with pytest.raises(NotYourPart):
        made.say("Omar", made.trustees[0].commit())


def test_a_wrong_message_keeps_none_of_its_file(made):
    lena = made.trustees[0]
    with pytest.raises(CeremonyRound):
        made.say("Lena", lena.commit(), lena.reveal())
    assert made.rows("SELECT count(*) FROM elections_ceremony_message") == [(0,)]


@pytest.mark.parametrize(
    ("bend", "check"),
    [
        (lambda one, _first: one.update(signature={"c": "0" * 64, "z": "0" * 64}), "S04"),
        (lambda one, first: one["body"].update(signing_key=first["body"]["signing_key"]), "S03"),
        (lambda one, _first: one["body"].update(transport_key="0" * 64), "S03"),
        (lambda one, _first: one["body"].update(more=1), "S04"),
        (lambda one, _first: one.update(election="01JZX5W0QS4D8M2V7K3T9RYB6C"), "S04"),
    ],
)
def test_a_wrong_key_or_proof_is_refused_by_its_check(made, bend, check):
    first, second = made.trustees[0].commit(), made.trustees[1].commit()
    made.say("Lena", first)
    bend(second, first)
    with pytest.raises(ProofInvalid) as refused:
        made.say("Tomas", second)
    assert refused.value.facts["check"] == check


def test_a_reveal_is_held_to_its_commitment(made):
    made.commit_all()
    lena = made.trustees[0]
    lena.polynomial[1] = draw()
    with pytest.raises(ProofInvalid) as refused:
        made.say("Lena", lena.reveal())
    assert refused.value.facts["check"] == "S04"


def test_what_is_not_canonical_is_refused(made):
    spaced = lines(made.trustees[0].commit()).replace('"v":1', '"v": 1')
    for text in (spaced, "{x", "[]", "null"):
        with pytest.raises(ProofInvalid):
            made.do(made.people["Lena"], submit_messages, SubmitMessages, messages=text)


def test_the_administrator_is_no_trustee(town, clock):
    made = founding(town, clock)
    somebody(town, clock, "Ines", account=INES.id)
    told = {"mode": "all", "threshold": 2, "emails": made.addresses("Lena", "Ines")}
    with pytest.raises(RolesNotSeparate):
        made.do(INES, name_trustees, NameTrustees, **told)
    with pytest.raises(RolesNotSeparate):
        made.do(INES, name_authority, NameAuthority, email=made.addresses("Ines"))
    other = Actor(7, "Other", OFFICIATING, confirmed=True)
    with pytest.raises(RolesNotSeparate):  # Whoever else names her, she has drafted it.
        made.do(other, name_trustees, NameTrustees, **told)


def test_a_trustee_is_no_second_one_and_not_the_authority(made):
    twice = {"mode": "all", "emails": made.addresses("Lena", "Lena")}
    with pytest.raises(RolesNotSeparate):
        made.do(INES, name_trustees, NameTrustees, **twice)
    with pytest.raises(RolesNotSeparate):
        made.do(INES, name_authority, NameAuthority, email=made.addresses("Lena"))
    with pytest.raises(RolesNotSeparate):
        made.do(INES, name_holders, NameHolders, emails=made.addresses("Kofi", "Kofi"))


def test_in_a_rehearsal_one_person_may_have_several_parts(town, clock):
    made = founding(town, clock, rehearsal=True)
    twice = {"mode": "all", "emails": made.addresses("Lena", "Lena")}
    made.do(INES, name_trustees, NameTrustees, **twice)
    made.do(INES, name_authority, NameAuthority, email=made.addresses("Lena"))


def test_a_trustee_freezes_nothing(made):
    made.prepare()
    lena = made.people["Lena"]
    officer = Actor(lena.id, "Lena", OFFICIATING | lena.permissions, lena.person, confirmed=True)
    with pytest.raises(RolesNotSeparate):
        made.freeze(first=officer)
    with pytest.raises(RolesNotSeparate):
        made.freeze(second=officer)


def test_the_freezing_tells_all_that_is_missing(town, clock):
    made = founding(town, clock)
    assert len(missing(made)) == 3
    made.name_all()
    assert len(missing(made)) == 3
    with pytest.raises(NotReady):
        made.do(INES, propose_freeze, ChosenVersion, version=made.version)
    made.make_key()
    assert len(missing(made)) == 2
    made.issue()
    made.commit_seeds()
    assert missing(made) == []
    made.enrol("V-4")
    assert missing(made) == ["the roll was changed since the authority signed its credentials"]
    made.issue()
    made.freeze(INES, PRIYA)


def test_the_signed_roll_has_one_credential_for_each_voter(made):
    good = made.keys()
    first = good["text"].splitlines(keepends=True)
    other = f"{base(5).hex()},2,all,all\n"
    for text, check in (
        ("".join(first[:2]), "L01"),
        ("".join(reversed(first)), "L01"),
        ("".join([first[0], first[0], first[1]]), "L01"),
        ("".join(sorted([*first[:2], other])), "L01"),
        ("".join(sorted([*first[:2], f"{'0' * 64},1,all,all\n"])), "L01"),
    ):
        with pytest.raises(ProofInvalid) as refused:
            made.issue(text=text)
        assert refused.value.facts["check"] == check
    with pytest.raises(ProofInvalid) as refused:
        made.issue(authority_key=base(7).hex())
    assert refused.value.facts["check"] == "L02"
    made.people["Omar"] = made.people["Kofi"]
    with pytest.raises(NotYourPart):
        made.export()


def test_an_aborted_ceremony_starts_again_with_other_trustees(made):
    with pytest.raises(CeremonyRound):
        made.do(INES, abort_ceremony, AbortCeremony, reason="Kofi has lost his device")
    made.commit_all()
    told = {"mode": "all", "emails": made.addresses("Lena", "Tomas")}
    with pytest.raises(CeremonyRound):
        made.do(INES, name_trustees, NameTrustees, **told)
    made.do(INES, abort_ceremony, AbortCeremony, reason="Kofi has lost his device", trustee=3)
    assert (prepared(made).aborted, prepared(made).named) == ("Kofi has lost his device", "Kofi")
    made.do(INES, name_trustees, NameTrustees, **told)


def test_a_seed_is_shown_after_the_closing_alone(made):
    made.prepare()
    made.freeze()
    lena, seed = made.people["Lena"], made.seeds[0].hex()
    with pytest.raises(CeremonyRound):
        made.do(lena, reveal_seed, RevealSeed, seed=seed)
    made.run("UPDATE elections_election SET state = 'counting'")
    with pytest.raises(ProofInvalid):
        made.do(lena, reveal_seed, RevealSeed, seed=made.seeds[1].hex())
    assert made.do(lena, reveal_seed, RevealSeed, seed=seed).number == 1
    assert made.do(lena, reveal_seed, RevealSeed, seed=seed).number == 1


def test_who_leaves_is_named_no_more_in_their_parts(made, town):
    lena = made.people["Lena"]
    who = Somebody(lena.id, "", lena.person, "Lena", "lena@b.example")
    with town.working(INES) as ctx:
        here = replace(ctx, act="test")
        told = {sheet.name: len(sheet.rows) for sheet in PERSONAL.tell(here, who)}
        assert (told["trustee-of"], told["seed-holder-of"], told["authority-of"]) == (1, 1, 0)
        PERSONAL.forget(here, who)
    names = [one.name for one in prepared(made).trustees]
    assert names == ["Somebody who left", "Tomas", "Kofi"]


def test_strangers_do_not_see_a_draft(made):
    stranger = Actor(99, "Mallory", frozenset({"public", "signed-in"}))
    with pytest.raises(NotFound):
        made.look(stranger)
    assert made.look(made.people["Lena"]).you == 1


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"code": "the_chair"}, "code"),
        ({"rule": "irv"}, "rule"),
        ({"rule": "score", "greatest": 21, "least": 0}, "greatest"),
    ],
)
def test_what_cannot_be_sealed_is_no_question(made, told, field):
    question = {"code": "x", "title": "X", "options": "a\nb", **told}
    with pytest.raises(Invalid) as refused:
        made.do(INES, add_contest, AddContest, **question)
    assert field in refused.value.fields
