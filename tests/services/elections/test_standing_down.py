"""Candidates who leave the town, and two who want the same code at once."""

from threading import Barrier, Thread

import pytest

from tests.faults.stage import Stage
from tests.services.elections.nominating import BEN, MAYA, decide, nominating, stand
from tests.services.elections.polling import INES
from tests.services.library.test_leaving import erase, named_in, zyx
from townsquare.core.usecase import Actor
from townsquare.services.elections.errors.nominations import CandidateCodeTaken
from townsquare.services.elections.usecases.candidacies import file_candidacy
from townsquare.services.elections.usecases.nominating import close_nominations

pytestmark = pytest.mark.engines("sqlite", "postgresql")
TIMES = {"until": "2026-06-01T10:00", "opens": "2026-06-01T11:00", "closes": "2026-06-01T20:00"}
TOLD = {"given": "Zyxwena", "family": "Quorvik", "phone": "555-0199", "statement": "Zyxwena!"}


@pytest.fixture
def leaving(town, clock):
    """A stage, a draft in which somebody was admitted who is about to leave, and two others."""
    stage = Stage(town, clock)
    zyx(stage)
    poll = nominating(town, clock, **TIMES)
    known = stage.actor("zyx", file_candidacy.act)
    who = Actor(known.id, known.name, known.permissions, known.person)
    for actor, code, told in ((who, "one", TOLD), (MAYA, "two", {}), (BEN, "three", {})):
        decide(poll, stand(poll, actor, code=code, **told).id)
    return stage, poll


def test_who_leaves_goes_off_a_draft(leaving, town):
    stage, poll = leaving
    erase(stage)
    assert named_in(town) == set()
    assert poll.rows("SELECT code FROM elections_option ORDER BY position") == [("2",), ("3",)]


def test_of_who_leaves_a_frozen_ballot_keeps_the_printed_name_alone(leaving, town):
    stage, poll = leaving
    poll.do(INES, close_nominations)
    poll.enrol("V-1")
    poll.freeze()
    erase(stage)
    assert named_in(town) == {"elections_candidate.ballot_name", "elections_option.title"}


def test_two_who_want_the_same_code_at_once_do_not_both_get_it(town, clock):
    poll, found, start = nominating(town, clock), [], Barrier(2)

    def file(who):
        start.wait()
        try:
            found.append(stand(poll, who).state)
        except CandidateCodeTaken as error:
            found.append(error.code)

    racers = [Thread(target=file, args=(who,)) for who in (MAYA, BEN)]
    for one in racers:
        one.start()
    for one in racers:
        one.join()
    assert sorted(found) == ["elections.candidate-code-taken", "filed"]
    assert poll.rows("SELECT count(*) FROM elections_candidate") == [(1,)]
