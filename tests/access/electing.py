"""An encrypted election with a board and one on paper with returns, and who has a part in them."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

from sqlalchemy import insert, select

from tests.services.elections.papering import DAN, EMIL, Paper, on_paper
from tests.services.elections.polling import INES, PRIYA, Poll
from tests.services.elections.sealing import (
    LENA,
    MAYA,
    OMAR,
    TOMAS,
    VECTORS,
    VOTERS,
    Sealed,
    begin,
    frozen,
)
from townsquare.services.elections.commands.nominations import ProposeDisqualification
from townsquare.services.elections.commands.replays import CompareTotals
from townsquare.services.elections.commands.rolls import (
    ChallengeVoter,
    DefinePrecinctStyle,
    DefineStyle,
    OfRollPrecinct,
)
from townsquare.services.elections.models import ceremony as tables
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.usecases import challenging, moving, precinct_styles, styling
from townsquare.services.elections.usecases.disqualifying import propose_disqualification
from townsquare.services.elections.usecases.replaying import compare_totals
from tsv1.encoding import decode_scalar

# What only an election with a board has, and what only one on paper has.
BOARDED = (
    *("*/setup", "*/board", "*/checkpoints", "*/ballots", "*/archive", "*/tracker", "*/verify"),
    *("*/credentials", "*/vote/server", "*/vote/cast", "*/challenges", "*/partials", "*/step"),
    *("*/credential-voids", "*/people/void"),
)
PAPER = (
    *("*/precincts", "*/officers", "*/officers/dismissal"),
    *("*/returns", "*/returns/approvals", "*/returns/import"),
    *("*/returns/comparison", "*/count", "*/count/closing", "*/reconciliation", "*/totals"),
    *("*/counts", "*/tally", "*/approvals"),
)
CHOOSING = ("*/precinct-list/check", "*/precinct-list/import")  # While it is a draft.
HALL, OTHERS = "0101", "code,name\n0901,West hall\n"
OUTSIDE = "county,office,district,party,candidate,votes\nNorth ward,Chair,,,Ada,2001\n"
SHORT = {"ballots": 100, "spoiled": 0, "lines": {"1": 40, "2": 30, "3": 20}}
APPOINTS = (
    "INSERT INTO elections_precinct_officer (precinct_id, account_id, role)"
    " SELECT id, {account}, '%s' FROM elections_precinct WHERE parent_id IS NOT NULL"
)
# How somebody comes to the part that a role is for, where a part is of one person.
PARTS = {
    "elections.trustee": "UPDATE elections_trustee SET account = {account} WHERE number = 1",
    "elections.authority": "UPDATE elections_authority SET account = {account} WHERE 1 = 1",
    "elections.seed-holder": "UPDATE elections_tie_seed SET account = {account} WHERE number = 1",
    "elections.precinct-officer": APPOINTS % "enter",
    "elections.return-approver": APPOINTS % "approve",
}
DRAFTED = " AND election_id IN (SELECT id FROM elections_election WHERE state = 'draft')"


def take_part(town, role, person):
    """Give somebody with an account the part that a role is for, in what is not frozen yet."""
    asked = f"SELECT id FROM core_account WHERE person = '{person}'"
    with town.database.begin() as connection:
        account = connection.exec_driver_sql(asked).scalar_one()
        told = PARTS[role].format(account=account)
        connection.exec_driver_sql(told + (DRAFTED if told.startswith("UPDATE") else ""))


def seal(town):
    """Let two vote in an encrypted election that is open; return the ids by their kind."""
    now = town.now()
    times = {"opens_at": now - timedelta(hours=1), "closes_at": now + timedelta(days=9)}
    told = {name: f"{at:%Y-%m-%dT%H:%M:%SZ}" for name, at in times.items()}
    setup, roll = {**VECTORS["setup"]["json"], **told}, VECTORS["roll"]
    signed = {"text": roll["text"], "signature": roll["signature"]}
    secrets = [decode_scalar(one["secret"]) for one in VECTORS["credentials"]]
    made = Sealed(town, town.now, setup, VECTORS["ceremony"], signed, secrets)
    begin(frozen(made, [each.person for each in VOTERS], standing=("path", "well")))
    cast = made.cast(MAYA, made.seal(0, {"chair": [1, 0, 0, 0], "works": [1, 0]}).body)
    made.stamp()
    candidate = made.rows("SELECT public_id FROM elections_candidate ORDER BY id DESC LIMIT 1")
    wish = {"candidate": candidate[0][0], "reason": "Lives elsewhere."}
    strike = made.do(INES, propose_disqualification, ProposeDisqualification, **wish).id
    ids = {
        "*/disqualifications": made.id,
        "disqualifications": strike,
        **dict.fromkeys(BOARDED, made.id),
        "ballots": cast.tracker,
        "credentials": VECTORS["credentials"][0]["public"],
    }
    return {f"elections/{kind}": found for kind, found in ids.items()}


def name_people(town, public_id):
    """Name who prepares an encrypted draft."""
    with town.database.begin() as db:
        chosen = select(ElectionRow.id).filter_by(public_id=public_id)
        mine = {"election_id": db.execute(chosen).scalar_one()}
        for number, who in enumerate((LENA, TOMAS, OMAR), 1):
            told = {"number": number, "account": who.id, "name": who.name}
            db.execute(insert(tables.TrusteeRow).values(**mine, **told))
        authority = {"account": OMAR.id, "name": OMAR.name}
        db.execute(insert(tables.AuthorityRow).values(**mine, **authority))
        for number, who in enumerate((LENA, TOMAS), 1):
            told = {"number": number, "account": who.id, "name": who.name}
            db.execute(insert(tables.TieSeedRow).values(**mine, **told))


def count(town):
    """Return the ids of a paper election that is over; one return counts, one does not add up."""
    now = town.now().replace(tzinfo=None)
    times = {"opens": now - timedelta(hours=9), "closes": now - timedelta(hours=5)}
    before = town.now() - timedelta(hours=10)
    made = on_paper(replace(town, now=lambda: before), SimpleNamespace(), zone="UTC", **times)
    made.freeze(INES, PRIYA)
    made.appoint(DAN, "enter")
    made.appoint(EMIL, "approve")
    draft = on_paper(town, made.clock, rows=OTHERS)
    paper = Paper(town, made.clock, made.id)
    paper.whole()
    paper.enter(precinct="0102", note="The form says so.", evidence="Scan 12", **SHORT)
    paper.submit(precinct="0102")
    told = {"rows": OUTSIDE, "office": "Chair"}
    paper.do(INES, compare_totals, CompareTotals, **told)
    # Nobody who signs in later has the account of one of these two by chance.
    paper.run("UPDATE elections_precinct_officer SET account_id = account_id + 900")
    contest = (
        "SELECT c.public_id FROM elections_contest c JOIN elections_election e"
        f" ON e.id = c.election_id WHERE e.public_id = '{paper.id}'"
    )
    ids = {
        **dict.fromkeys(PAPER, paper.id),
        **dict.fromkeys(CHOOSING, draft.id),
        HALL: paper.id,  # /precinct/<code>/<id>
        "precincts": HALL,
        "returns": HALL,
        "people": "trustees",
        "duty": "messages",
        "counted": paper.rows(contest)[0][0],
        "<id>": "chair",
        "<precinct>": "chair",
    }
    return {f"elections/{kind}": found for kind, found in ids.items()}


def doubt(town, draft):
    """Let a roll have all that somebody decides later; return the ids by their kind."""
    poll = Poll(town, None, draft)
    poll.enrol("V-8", "V-9")
    style = {"code": "north", "title": "North", "contests": "chair"}
    poll.do(INES, styling.define_style, DefineStyle, **style)
    said = {"precinct": "9", "style": "north"}
    poll.do(INES, precinct_styles.define_precinct_style, DefinePrecinctStyle, **said)
    entry = "SELECT r.{} FROM elections_roll_entry r JOIN elections_voter v ON v.id = r.voter_id"
    entry += " WHERE v.number = '{}'"
    ((eight,),) = poll.rows(entry.format("id", "V-8"))
    poll.run(f"UPDATE elections_roll_entry SET precinct = '7' WHERE id = {eight}")
    ((nine,),) = poll.rows(entry.format("public_id", "V-9"))
    poll.do(INES, challenging.challenge_voter, ChallengeVoter, id=nine, grounds="Moved away.")
    poll.do(INES, moving.remove_precinct_voters, OfRollPrecinct, precinct="7")
    kinds = {"styles": "style", "removals": "removal", "challenges": "challenge"}
    kinds |= {"precinct-styles": "precinct_style"}
    found = {kind: _last(poll, table) for kind, table in kinds.items()}
    # The addresses that name the draft beside one of these.
    whose = ("*/roll/styles", "*/roll/precinct-styles", "*/roll/removals")
    return {f"elections/{kind}": of for kind, of in (found | dict.fromkeys(whose, draft)).items()}


def _last(poll, table):
    chosen = f"SELECT public_id FROM elections_{table} ORDER BY id DESC LIMIT 1"
    return poll.rows(chosen)[0][0]
