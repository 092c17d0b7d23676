"""What elections cost: statements at the driver for every address that can be read.

The look at the session, one statement, is not counted; the number of polls, voters and votes does
not change anything.
"""

import pytest
from sqlalchemy import event

from tests.services.elections.costs_on_paper import COSTS as ON_PAPER
from tests.services.elections.nominating import MAYA, decide, listed, nominating, slate, stand
from tests.services.elections.picturing import marked, photograph
from tests.services.elections.polling import INES, drafted, numbers, opened
from tests.services.elections.sealing import SEALED_COSTS, VOTERS_COSTS
from townsquare.services.elections.commands.deciding import FileDispute
from townsquare.services.elections.commands.rolls import (
    ChallengeVoter,
    DefinePrecinctStyle,
    DefineStyle,
)
from townsquare.services.elections.usecases.challenging import challenge_voter
from townsquare.services.elections.usecases.disputing import file_dispute
from townsquare.services.elections.usecases.precinct_styles import define_precinct_style
from townsquare.services.elections.usecases.styling import define_style

pytestmark = pytest.mark.engines("sqlite")
VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
SESSION = "core_session.key_hash ="
# An election, its questions, its options, and how many may vote and have.
REGISTERED = 6  # An election, the reader on its roll, questions, options, a style, a precinct.
LIST, WHOLE, BALLOT, RESULT = 1, 4, 7, 6
SET_UP = WHOLE + 3  # And who has no account yet, what is not settled of the roll, who are few.
WORK = 6  # An election, its precincts, styles and their questions, challenges, removals.
ROUNDS = 5  # An election, its questions and options, the count, and whether votes had weights.
FRONT = 3  # Current ones, past ones, those of the reader.
PREPARED = 7  # An election, its set-up, trustees, authority, messages, roll, seeds.
STANDING = 4  # An election, its questions, its candidates, the parties.
DECIDED = 4  # An election, its objections, how many wait, what was decided.
PROCEEDINGS = DECIDED + 2  # And who was disqualified, and who would be.
SIGNED = ("csv", "csv.sig", "pdf", "pdf.sig")
COSTS = {
    "/elections": FRONT,
    "/elections/<id>": BALLOT,
    "/elections/<id>/vote": BALLOT,
    "/elections/<id>/voted": BALLOT,
    "/elections/<id>/results": RESULT + 1,  # Whether it is held on paper.
    "/elections/<id>/rounds/<contest>": ROUNDS,
    "/elections/<id>/tables/<contest>": ROUNDS,
    "/elections/<id>/claims": WHOLE + 2,
    **{f"/elections/<id>/results/signed.{kind}": RESULT + 1 for kind in SIGNED},
    "/elections/<id>/disputes": DECIDED,
    "/elections/<id>/disputes/new": WHOLE,
    "/elections/office/<id>/decisions": PROCEEDINGS,
    "/elections/office/<id>/interruptions": PROCEEDINGS,
    "/elections/office/<id>/judgements": PROCEEDINGS,
    "/elections/office/<id>/disqualifications": PROCEEDINGS,
    "/elections/office/<id>/verifications": 2,
    "/elections/office/disputes/<id>": 1,
    "/elections/office": LIST,
    "/elections/office/new": 0,
    "/elections/office/<id>": SET_UP,
    "/elections/office/<id>/edit": SET_UP,
    "/elections/office/<id>/contests": SET_UP,
    "/elections/office/<id>/rehearsal": SET_UP,
    "/elections/nominations": LIST,
    "/elections/candidacies": LIST,
    "/elections/candidacies/<id>": LIST + WHOLE,  # Whose questions have titles.
    "/elections/<id>/candidates": STANDING,
    "/elections/<id>/candidates/new": STANDING,
    "/elections/<id>/slate": STANDING + 1,  # And the parties to choose from.
    "/elections/office/<id>/candidates": STANDING + WHOLE,
    "/elections/office/<id>/nominations": STANDING,
    "/elections/office/candidacies/<id>": LIST + WHOLE,
    "/elections/candidacies/<id>/photo": LIST + 1,  # And whether its election is frozen.
    "/elections/pictures/<digest>": LIST,
    "/elections/office/parties": LIST,
    "/elections/office/parties/<party>/symbol": LIST,
    "/api/v1/elections/nominations": LIST,
    "/api/v1/elections/candidacies": LIST,
    "/api/v1/elections/candidacies/<id>": LIST,
    "/api/v1/elections/parties": LIST,
    "/api/v1/elections/<id>/candidates": STANDING,
    "/api/v1/elections/office/<id>/candidates": STANDING,
    "/elections/office/<id>/roll": SET_UP + 2,
    "/elections/office/<id>/roll/list": SET_UP,
    "/elections/office/<id>/roll/work": WHOLE + WORK,
    "/elections/office/<id>/roll/styles": WHOLE,
    "/elections/office/<id>/roll/precinct-styles": WORK,
    "/elections/office/<id>/roll/precinct-styles/<chosen>": WORK + 2,  # Whether it is, and which.
    "/api/v1/elections/precinct-styles/<id>": 1,
    "/elections/office/<id>/roll/move": WHOLE,
    "/elections/office/<id>/roll/voters/<voter>/challenge": 2,
    "/elections/office/<id>/roll/challenges/<challenge>": WORK,
    "/elections/<id>/register": REGISTERED,
    "/api/v1/elections/<id>/registration": REGISTERED,
    "/api/v1/elections/office/<id>/roll/work": WORK,
    "/elections/trustee": LIST,
    "/elections/<id>/duty": PREPARED + 1,  # And what the reader has handed in.
    "/elections/<id>/duty/ceremony.json": WHOLE,
    "/elections/<id>/duty/messages.jsonl": WHOLE,
    "/elections/<id>/duty/roll.json": PREPARED,
    "/elections/office/<id>/people": PREPARED,
    "/api/v1/elections/duties": LIST,
    "/api/v1/elections/<id>/duty": PREPARED + 1,
    "/api/v1/elections/<id>/ceremony": WHOLE,
    "/api/v1/elections/<id>/authority/roll": PREPARED,
    "/api/v1/elections/office/<id>/preparation": PREPARED,
    "/api/v1/elections/": FRONT,
    "/api/v1/elections/<id>": WHOLE,
    "/api/v1/elections/<id>/ballot": BALLOT,
    "/api/v1/elections/<id>/results": RESULT,
    "/api/v1/elections/<id>/receipts/<receipt>": 2,
    "/api/v1/elections/<id>/rounds/<contest>": ROUNDS,
    "/api/v1/elections/<id>/tables/<contest>": ROUNDS,
    "/api/v1/elections/<id>/disputes": DECIDED,
    "/api/v1/elections/<id>/results/signed": RESULT + 1,
    "/api/v1/elections/<id>/verifications": 2,
    "/api/v1/elections/<id>/channels": 2,
    "/api/v1/elections/disputes/<id>": 1,
    "/api/v1/elections/office/<id>/decisions": PROCEEDINGS,
    "/api/v1/elections/office": LIST,
    "/api/v1/elections/office/<id>": SET_UP,
    "/api/v1/elections/office/<id>/roll": 2,
    "/api/v1/elections/office/<id>/signatures": WHOLE,
}
OF_SEALED = ("/ceremony", "/ceremony.json", "/messages.jsonl", "/roll.json", "/authority/roll")
OF_SEALED += ("/duty", "/people", "/preparation")
OF_NOMINATED = ("/candidates", "/candidates/new", "/slate")
OF_CLOSED = (
    "/signed",
    *(f"/signed.{kind}" for kind in SIGNED),
    "/rounds/<contest>",
    "/tables/<contest>",
    "/results",
    "/receipts/<receipt>",
)


@pytest.fixture
def statements(town):
    """Every statement that reaches SQLite's driver, without begin and commit."""
    seen = []

    def listen(connection, _record):
        connection.set_trace_callback(lambda text: text.startswith(VERBS) and seen.append(text))

    town.database.dispose()
    event.listen(town.database, "connect", listen)
    return seen


def filled(town, clock, how_many):
    """Make an open, a draft and a closed poll with so many voters; return their ids."""
    closed, voters = opened(town, clock, *numbers(how_many))
    for voter in voters:
        closed.vote(voter, chair=["1"], works=[])
    closed.close()
    later = {"opens": "2026-03-03T11:00", "closes": "2026-03-09T11:00"}
    current = drafted(town, clock, **later)
    current.enrol(*numbers(how_many))
    current.freeze()
    draft = drafted(town, clock, opens="2026-04-01T08:00", closes="2026-04-02T08:00")
    draft.enrol(*numbers(how_many))
    voter, challenge = challenged(draft)
    rule = styled(draft)
    sealed = drafted(
        town, clock, tier="encrypted", opens=later["closes"], closes="2026-04-02T08:00"
    )
    sealed.enrol(*numbers(how_many))
    times = {"opens": "2026-04-01T08:00", "closes": "2026-04-02T08:00"}
    nominated = nominating(town, clock, until="2026-03-30T08:00", **times)
    slate(nominated, listed(how_many))
    candidacy = stand(nominated, MAYA).id
    decide(nominated, candidacy)
    for (one,) in nominated.rows("SELECT public_id FROM elections_candidate"):
        photograph(town, one, INES)  # Lists of them cost no statement for it.
    clock.set(2026, 3, 4, 3, 0)
    told = {"kind": "conduct", "statement": "Late"}
    dispute = closed.do(INES, file_dispute, FileDispute, **told).id
    return {
        "closed": closed.id,
        "open": current.id,
        "draft": draft.id,
        "dispute": dispute,
        "sealed": sealed.id,
        "challenge": challenge,
        "rule": rule,
        "voter": voter,
        "nominated": nominated.id,
        "candidacy": candidacy,
        "digest": marked(nominated),
    }


def challenged(draft):
    """Challenge the first voter of a draft; return the ids of both."""
    ((entry,),) = draft.rows(
        "SELECT r.public_id FROM elections_roll_entry r JOIN elections_election e"
        f" ON e.id = r.election_id WHERE e.public_id = '{draft.id}' ORDER BY r.id LIMIT 1"
    )
    draft.do(INES, challenge_voter, ChallengeVoter, id=entry, grounds="Moved.")
    return entry, draft.rows("SELECT public_id FROM elections_challenge")[0][0]


def styled(draft):
    """Say which style a precinct of a draft has; return where that is said."""
    style = {"code": "north", "title": "North", "contests": "chair"}
    draft.do(INES, define_style, DefineStyle, **style)
    told = {"precinct": "7", "style": "north"}
    return draft.do(INES, define_precinct_style, DefinePrecinctStyle, **told).id


def put_on_the_roll(town, person):
    """Let the person of this account be the first voter."""
    with town.database.begin() as connection:
        named = f"SET person = '{person}' WHERE number = 'V-001'"
        connection.exec_driver_sql("DROP TRIGGER elections_voter_stays")
        connection.exec_driver_sql(f"UPDATE elections_voter {named}")


def give_parts(town, person, how_many):
    """Let this person be the authority and a trustee and hold a seed, beside other trustees."""
    whole = "SELECT id FROM elections_election WHERE tier = 'encrypted'"
    mine = f"({whole}), (SELECT id FROM core_account WHERE person = '{person}'), 'Ines'"
    authority = "elections_authority (election_id, account, name, key, made_from, roll, signature)"
    seed = "elections_tie_seed (election_id, account, name, number, commitment)"
    trustee = (
        "elections_trustee (election_id, account, name, number, signing_key, transport_key, state)"
    )
    rows = [f"{authority} SELECT {mine}, '', '', '', ''", f"{seed} SELECT {mine}, 1, ''"]
    many = range(1, min(how_many, 20) + 1)
    rows += [f"{trustee} SELECT {mine}, {number}, '', '', 'invited'" for number in many]
    with town.database.begin() as connection:
        for row in rows:
            connection.exec_driver_sql(f"INSERT INTO {row}")


def costs(client, ids, statements):
    """Return the status of each address, and its statements when it is asked a second time."""
    found = {}
    for rule in COSTS:
        kind = "closed" if rule.endswith(OF_CLOSED) else "draft" if "/office/" in rule else "open"
        kind = "dispute" if "/disputes/<id>" in rule else kind
        kind = "sealed" if rule.endswith(OF_SEALED) else kind
        kind = "nominated" if rule.endswith(OF_NOMINATED) else kind
        kind = "candidacy" if "/candidacies/<id>" in rule else kind
        kind = "rule" if "/precinct-styles/<id>" in rule else kind
        address = rule.replace("<id>", ids[kind]).replace("<receipt>", "0000-0000")
        address = address.replace("<contest>", "chair").replace("<voter>", ids["voter"])
        address = address.replace("<challenge>", ids["challenge"]).replace("<chosen>", ids["rule"])
        address = address.replace("<digest>", ids["digest"]).replace("<party>", "green")
        client.get(address)
        statements.clear()
        status = client.get(address).status_code
        found[rule] = status, len([said for said in statements if SESSION not in said])
    return found


# An election for itself, before its voter, its questions and options, the key, and the slot.
CAST = 7


@pytest.mark.parametrize("how_many", [1, 30])
def test_a_vote_costs_few_statements(town, clock, statements, how_many):
    poll, voters = opened(town, clock, *numbers(how_many))
    for voter in voters:
        statements.clear()
        poll.vote(voter, chair=["1"], works=[])
    assert 0 < len(statements) <= CAST


def test_every_address_is_known(app):
    ours = ("/elections", "/api/v1/elections")
    rules = [r for r in app.url_map.iter_rules() if "GET" in r.methods]
    known = {*COSTS, *ON_PAPER, *SEALED_COSTS, *VOTERS_COSTS}
    assert {r.rule for r in rules if r.rule.startswith(ours)} == known


@pytest.mark.parametrize("how_many", [1, 30])
def test_every_address_costs_few_statements(town, clock, signed_in, statements, how_many):
    ids = filled(town, clock, how_many)
    parts = ("elections.authority", "elections.party-agent")
    ines = signed_in("elections.officer", "elections.certifier", *parts)
    put_on_the_roll(town, ines.person)
    give_parts(town, ines.person, how_many)
    found = costs(ines.client, ids, statements)
    assert {rule: status for rule, (status, _) in found.items() if status != 200} == {}
    assert {r: cost for r, (_, cost) in found.items() if not 0 <= cost <= COSTS[r]} == {}
