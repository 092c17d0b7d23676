"""Three polls behind the addresses of elections: a draft, one that is open, and a closed one."""

from dataclasses import replace
from datetime import UTC, timedelta
from types import SimpleNamespace

from tests.access.electing import count, doubt, name_people, seal
from tests.services.elections.nominating import MAYA, nominating, stand
from tests.services.elections.picturing import marked
from tests.services.elections.polling import CHAIR, INES, WORKS, Poll, drafted
from townsquare.core.usecase import Actor
from townsquare.services.elections.commands.deciding import FileDispute, ProposeInterruption
from townsquare.services.elections.commands.fields import Nothing
from townsquare.services.elections.usecases.counting import close_due
from townsquare.services.elections.usecases.disputing import file_dispute
from townsquare.services.elections.usecases.interrupting import propose_interruption

EVERYBODY = frozenset({"public", "signed-in"})
# What only an encrypted election has, beside its draft.
PREPARED = (
    *("*/people", "*/ceremony", "*/ceremony/abort", "*/preparation"),
    *("*/trustees", "*/authority", "*/seed-holders", "*/authority/roll"),
    *("*/seeds/commitment", "*/seeds/reveal", "*/duty", "*/duty/ceremony.json"),
    *("*/duty/messages.jsonl", "*/duty/roll.json"),
)
AT = "'2026-03-01 00:00:00+00:00'"
NOMINATED = ("*/candidates", "*/candidates/new", "*/slate", "*/slates", "*/nominations")
RANKED = {**CHAIR, "rule": "irv"}
SIGNED = ("csv", "csv.sig", "pdf", "pdf.sig")


def poll(town, person):
    """Set polls up that this person may vote in, and has; return the ids by their kind."""
    now = town.now()
    over = {"opens": now - timedelta(hours=9), "closes": now - timedelta(hours=5)}
    closed = _frozen(town, person, **over)
    receipt = _vote(town, closed, person, now - timedelta(hours=6))
    ranked = _frozen(town, person, contests=(RANKED,), **over)
    _vote(town, ranked, person, now - timedelta(hours=6), chair=["2", "3"])
    with town.working(INES) as ctx:
        close_due(ctx, Nothing())
    current = _frozen(town, person, opens=now - timedelta(hours=1), closes=now + timedelta(days=9))
    _vote(town, current, person, now)
    draft = _drafted(town, person, opens=now + timedelta(days=1), closes=now + timedelta(days=2))
    later = {"opens": now + timedelta(days=3), "closes": now + timedelta(days=4)}
    sealed = _drafted(town, person, tier="encrypted", **later)
    name_people(town, sealed.id)
    ends = later["opens"].astimezone(UTC).replace(tzinfo=None)
    local = {name: at.astimezone(UTC).replace(tzinfo=None) for name, at in later.items()}
    nominated = nominating(town, SimpleNamespace(), until=ends, zone="UTC", **local)
    candidacy = stand(nominated, replace(MAYA, person=person)).id
    told = {"id": current.id, "kind": "suspend", "reason": "The power is out."}
    with town.working(INES) as ctx:
        decision = propose_interruption(ctx, ProposeInterruption(**told)).id
        told = {"id": current.id, "kind": "conduct", "statement": "It was dark."}
        dispute = file_dispute(ctx, FileDispute(**told)).id
    ids = {
        **dict.fromkeys(PREPARED, sealed.id),
        "elections": current.id,
        "office": draft.id,
        "contests": _one(draft, "elections_contest"),
        "voters": _one(draft, "elections_roll_entry"),
        "*/roll/voters": sealed.id,  # Whose roll the last of them is on.
        "*/results": closed.id,
        "*/receipts": closed.id,
        "*/turnout": closed.id,
        "receipts": receipt,
        **dict.fromkeys(("*/rounds", "*/tables"), ranked.id),
        **dict.fromkeys(("rounds", "tables"), "chair"),
        "*/results/signed": closed.id,
        **{f"*/results/signed.{kind}": closed.id for kind in SIGNED},
        "disputes": dispute,
        "candidacies": candidacy,
        "parties": "green",
        "pictures": marked(nominated),
        **dict.fromkeys(NOMINATED, nominated.id),
        **dict.fromkeys(("*/interruptions", "*/judgements"), current.id),  # Of their decision.
        **dict.fromkeys(("interruptions", "judgements", "certifications"), decision),
    }
    of_elections = {f"elections/{kind}": found for kind, found in ids.items()}
    return of_elections | seal(town) | count(town) | doubt(town, draft.id)


def _frozen(town, person, *, contests=(CHAIR, WORKS), **times):
    before = replace(town, now=lambda: times["opens"] - timedelta(hours=1))
    made = _drafted(before, person, contests=contests, **times)
    made.freeze()
    return made


def _drafted(town, person, tier="poll", *, contests=(CHAIR, WORKS), **times):
    local = {name: at.astimezone(UTC).replace(tzinfo=None) for name, at in times.items()}
    made = drafted(town, SimpleNamespace(), contests, zone="UTC", tier=tier, **local)
    known = f"SELECT count(*) FROM elections_voter WHERE person = '{person}'"
    if made.rows(known) == [(0,)]:  # The person whom the reader signs in as.
        names = "(public_id, created_at, person, number)"
        made.run(f"INSERT INTO elections_voter {names} VALUES ('V', {AT}, '{person}', 'V-1')")
    enrolled = (
        "INSERT INTO elections_roll_entry (public_id, created_at, election_id, voter_id)"
        f" SELECT 'R{made.id[1:]}', {AT}, e.id, v.id"
        f" FROM elections_election e, elections_voter v WHERE e.public_id = '{made.id}'"
        f" AND v.person = '{person}'"
    )
    made.run(enrolled)
    return made


def _vote(town, made, person, at, **choices):
    then = Poll(replace(town, now=lambda: at), made.clock, made.id)
    told = choices or {"chair": ["1"], "works": []}
    return then.vote(Actor(9, "Reader", EVERYBODY, person=person), **told)


def _one(made, table):
    last = f"SELECT public_id FROM {table} ORDER BY id DESC LIMIT 1"
    return made.rows(last)[0][0]
