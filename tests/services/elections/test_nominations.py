"""Journey 4: a party files a list, officers decide, candidates withdraw, and the rest is frozen."""

from dataclasses import replace
from time import monotonic

import pytest
from sqlalchemy.exc import IntegrityError

from tests.services.elections.nominating import (
    AGENT,
    BEN,
    GUEST,
    MAYA,
    UNTIL,
    decide,
    listed,
    nominating,
    seen,
    slate,
    stand,
    strike,
    vetted,
)
from tests.services.elections.polling import INES, PRIYA, drafted
from townsquare.core.errors import Invalid, NotAllowed
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.nominations import AmendCandidacy, OpenNominations
from townsquare.services.elections.errors import (
    Frozen,
    NotReady,
    SamePerson,
    TimesInvalid,
    UnknownContest,
    UnknownElection,
)
from townsquare.services.elections.errors.judging import NotNow
from townsquare.services.elections.errors.nominations import (
    AlreadyDecided,
    BadSlate,
    CandidateCodeTaken,
    CandidatesStand,
    NobodyToNominate,
    NominationsClosed,
    NominationsOpen,
    NotTheAgent,
    StandsAlready,
    UnknownCandidate,
)
from townsquare.services.elections.queries.elections import read_set_up
from townsquare.services.elections.usecases.candidacies import (
    amend_candidacy,
    withdraw_candidacy,
)
from townsquare.services.elections.usecases.nominating import close_nominations, open_nominations
from townsquare.services.elections.usecases.setting_up import drop_contest

pytestmark = pytest.mark.engines("sqlite", "postgresql")
STATES = "SELECT code, state, reason FROM elections_candidate ORDER BY id"
OPTIONS = "SELECT code, title FROM elections_option ORDER BY position"


@pytest.fixture
def poll(town, clock):
    return nominating(town, clock)


def ids(poll):
    return dict(poll.rows("SELECT code, public_id FROM elections_candidate"))


def test_a_list_with_one_odd_row_is_saved_whole_or_row_by_row(poll):
    report = slate(poll, listed(40, odd={17}))
    assert (report.saved, [fault.line for fault in report.faults]) == (0, [18])
    assert "mayor" in report.faults[0].reason
    assert poll.rows(STATES) == []
    report = slate(poll, listed(40, odd={17}), "rows")
    assert (report.saved, [fault.line for fault in report.faults]) == (39, [18])
    assert len(poll.rows(STATES)) == 39
    kept = poll.rows("SELECT mode, saved, refused, agent_id FROM elections_slate")
    assert kept == [("rows", 39, 1, AGENT.id)]
    known = ids(poll)
    decide(poll, known["g-1"], "rejected", "Nobody has signed it.")
    assert [one.reason for one in vetted(poll, state="rejected").candidates] == [
        "Nobody has signed it."
    ]
    decide(poll, known["g-1"])
    for code in ("g-2", "g-3"):
        decide(poll, known[code])
    assert [one.code for one in seen(poll).candidates] == ["g-1", "g-2", "g-3"]
    with poll.town.working(AGENT) as ctx:
        withdraw_candidacy(ctx, Chosen(id=known["g-2"]))
    assert poll.rows(OPTIONS) == [("1", "Given 1 Family"), ("3", "Given 3 Family")]
    for code, public_id in known.items():
        if code not in ("g-1", "g-2", "g-3"):
            decide(poll, public_id, "rejected", "Too many.")
    poll.do(INES, close_nominations)
    poll.enrol("V-1", "V-2")
    poll.freeze()
    assert [one.code for one in seen(poll).candidates] == ["g-1", "g-3"]


def test_who_is_disqualified_stays_printed_and_cannot_win(poll):
    for who, code in ((MAYA, "maya"), (BEN, "ben"), (PRIYA, "cy")):
        decide(poll, stand(poll, who, code=code, given=code).id)
    poll.do(INES, close_nominations)
    voters = poll.enrol("V-1", "V-2", "V-3")
    poll.freeze()
    known = ids(poll)
    with pytest.raises(Frozen), poll.town.working(MAYA) as ctx:
        withdraw_candidacy(ctx, Chosen(id=known["maya"]))
    poll.open()
    for voter in voters:
        poll.vote(voter, council=["1", "2"])
    strike(poll, known["maya"])
    assert next((one.state, one.reason) for one in seen(poll).candidates) == (
        "disqualified",
        "Lives elsewhere.",
    )
    poll.close()
    council = poll.result().contests[0]
    assert [(one.title, one.votes, one.elected) for one in council.options] == [
        ("maya Reyes", 0, False),
        ("ben Reyes", 3, True),
        ("cy Reyes", 0, False),
    ]


def test_a_candidate_files_corrects_and_withdraws_their_own(poll):
    filed = stand(poll, MAYA, phone="+63 2 1234", statement="Paths <b>for</b> all")
    with pytest.raises(StandsAlready):
        stand(poll, MAYA, code="other")
    with pytest.raises(CandidateCodeTaken):
        stand(poll, BEN)
    with pytest.raises(UnknownContest):
        stand(poll, BEN, code="ben", contest="mayor")
    decide(poll, filed.id, "incomplete", "Add your address.")
    told = {"id": filed.id, "given": "Ada", "family": "Reyes", "address": "12 Mango Street"}
    with pytest.raises(UnknownCandidate), poll.town.working(BEN) as ctx:
        amend_candidacy(ctx, AmendCandidacy(**told))
    with poll.town.working(MAYA) as ctx:
        assert amend_candidacy(ctx, AmendCandidacy(**told)).state == "filed"
    assert poll.rows(STATES) == [("ada", "filed", "")]
    assert seen(poll).candidates == []  # Nobody has admitted them.
    with poll.town.working(MAYA) as ctx:
        withdraw_candidacy(ctx, Chosen(id=filed.id))
    with pytest.raises(AlreadyDecided):
        decide(poll, filed.id)


def test_officers_decide_once_with_a_reason_and_never_on_themselves(poll):
    filed = stand(poll, MAYA)
    with pytest.raises(Invalid):
        decide(poll, filed.id, "rejected")
    with pytest.raises(SamePerson):
        decide(poll, filed.id, who=replace(INES, person=MAYA.person))
    with pytest.raises(NotAllowed):
        decide(poll, filed.id, who=BEN)
    decide(poll, filed.id, "rejected", "No address.")
    with pytest.raises(AlreadyDecided):
        decide(poll, filed.id, "rejected", "No address.")
    decide(poll, filed.id)
    with pytest.raises(AlreadyDecided):
        decide(poll, filed.id, "rejected", "No address.")
    with pytest.raises(NotNow):
        strike(poll, filed.id)
    contest = poll.rows("SELECT public_id FROM elections_contest")[0][0]
    with pytest.raises(CandidatesStand), poll.town.working(INES) as ctx:
        drop_contest(ctx, Chosen(id=contest))


def test_nobody_is_named_before_nominations_open_or_after_they_close(town, clock):
    plain = drafted(town, clock)
    with pytest.raises(NobodyToNominate):
        plain.do(INES, open_nominations, OpenNominations, until=UNTIL)
    with pytest.raises(UnknownElection):
        stand(plain, MAYA)
    poll = nominating(town, clock)
    with pytest.raises(NominationsOpen):
        poll.do(INES, open_nominations, OpenNominations, until=UNTIL)
    poll.do(INES, close_nominations)
    with pytest.raises(NominationsClosed):
        stand(poll, MAYA)
    with pytest.raises(NominationsClosed):
        slate(poll, listed(1))
    with pytest.raises(TimesInvalid):
        poll.do(INES, open_nominations, OpenNominations, until="2026-03-02T11:01")
    poll.do(INES, open_nominations, OpenNominations, until=UNTIL)
    clock.set(2026, 3, 2, 2, 30)
    with pytest.raises(NominationsClosed):
        stand(poll, MAYA)
    assert seen(poll, GUEST).candidates == []


def test_a_draft_is_not_frozen_while_somebody_may_stand_or_waits(poll):
    poll.enrol("V-1")
    filed = stand(poll, MAYA)
    with pytest.raises(NotReady) as refused:
        poll.freeze()
    assert refused.value.facts["missing"] == [
        "nominations are open still",
        "candidacies wait for a decision",
        "a question has fewer candidates than winners or marks",
    ]
    assert filed.state == "filed"


def test_lists_are_filed_by_the_agent_of_the_party(poll):
    with pytest.raises(NotTheAgent):
        slate(poll, listed(1), who=replace(AGENT, id=77))
    with pytest.raises(NotAllowed):
        slate(poll, listed(1), who=INES)
    with pytest.raises(BadSlate):
        slate(poll, "name,email\nAda,a@b.example")


def test_odd_cells_of_a_list_are_told_by_their_line(poll):
    rows = "\n".join(
        (
            "\ufeffcontest;code;given;family;phone",
            "council;josé;José;Reyes;",
            "council;jose;José;Peña;+63 2 1234",
            "council;evil;=1+1;Reyes;",
            "council;jose;Other;Reyes;",
            "council;short;Ada",
            f"council;long;{'x' * 121};Reyes;",
        )
    )
    report = slate(poll, rows, "rows")
    assert (report.saved, [fault.line for fault in report.faults]) == (1, [2, 4, 5, 6, 7])
    assert poll.rows("SELECT given, family FROM elections_candidate") == [("José", "Peña")]


def test_two_hundred_stand_and_equal_names_are_told_apart(poll):
    slate(poll, listed(200).replace("Given 7,", "Given 8,"))
    for public_id in ids(poll).values():
        decide(poll, public_id)
    assert len(poll.rows(OPTIONS)) == 200
    with poll.town.working(INES, reads=True) as ctx:
        contest = read_set_up(ctx, Chosen(id=poll.id)).election.contests[0]
    titles = [option.title for option in contest.options]
    assert titles[6:8] == ["Given 8 Family (7)", "Given 8 Family (8)"]


def test_five_thousand_rows_with_a_bad_one_are_told_in_seconds(poll):
    begun = monotonic()
    report = slate(poll, listed(5000, odd={4321}))
    assert (report.saved, len(report.faults)) == (0, 1)
    assert monotonic() - begun < 10


CANDIDATE = "elections_candidate"


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {CANDIDATE} SET ballot_name = 'Mallory'",
        f"UPDATE {CANDIDATE} SET given = 'Mallory'",
        f"UPDATE {CANDIDATE} SET person = 'P-MALLORY'",
        f"UPDATE {CANDIDATE} SET state = 'withdrawn', option_code = NULL",
        f"UPDATE {CANDIDATE} SET reason = 'other'",
        f"DELETE FROM {CANDIDATE}",
        "UPDATE elections_election SET nominations_to = NULL, nominations_from = NULL",
        (
            f"INSERT INTO {CANDIDATE} (public_id, created_at, election_id, contest_id, code,"
            " given, middle, family, ballot_name, address, phone, statement, filed_on, state,"
            " decided_by, reason) SELECT 'X', created_at, election_id, contest_id, 'x', 'X', '',"
            f" 'X', 'X', '', '', '', filed_on, 'filed', '', '' FROM {CANDIDATE}"
        ),
    ],
)
def test_a_frozen_candidacy_stays_as_it_is(poll, statement):
    for who, code in ((MAYA, "maya"), (BEN, "ben")):
        decide(poll, stand(poll, who, code=code).id)
    poll.do(INES, close_nominations)
    poll.enrol("V-1")
    poll.freeze()
    with pytest.raises(IntegrityError, match="elections_frozen"):
        poll.run(statement)


@pytest.mark.parametrize(
    ("statement", "guard"),
    [
        ("SET state = 'accepted', decided_by_id = 5", "option"),
        ("SET state = 'rejected', decided_by_id = 5", "reason"),
        ("SET state = 'rejected', reason = 'x'", "decided"),
        (
            "SET state = 'disqualified', reason = 'x', decided_by_id = 5",
            "elections_(frozen|undecided)",
        ),
        ("SET public_id = 'other'", "elections_frozen"),
    ],
)
def test_no_candidacy_skips_a_step(poll, statement, guard):
    stand(poll, MAYA)
    with pytest.raises(IntegrityError, match=guard):
        poll.run(f"UPDATE {CANDIDATE} {statement}")
