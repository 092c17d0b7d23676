"""Roll, candidates and rules of a frozen election, tried by every page, call and verb there is.

What there is comes from the registry of acts, the addresses of the application and the verbs of
the shell: who adds one says here what it does to a frozen election, or this fails by its name.
"""

from base64 import b64decode, b64encode
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import inspect

from tests.kit.breaking import digest
from tests.services.elections.founding import lines
from tests.services.elections.nominating import ADA, UNTIL, listed
from tests.services.elections.papering import PLACES
from tests.services.elections.picturing import drawing
from tests.services.elections.polling import CLOSES, OPENS
from tests.services.elections.whole import whole
from townsquare.app import services_of
from townsquare.core.errors import DomainError
from townsquare.core.settings import Settings
from townsquare.core.usecase import REGISTRY
from townsquare.services.elections.cli import elections
from townsquare.services.elections.errors import Frozen
from townsquare.services.elections.graphql import graph
from townsquare.services.elections.permissions import PERMISSIONS, TRUSTED

OURS = "elections."
LIST = "number,name,email\nV-9,New,v9@b.example\n"
TRIED = {  # What each act that sets something up would like to change, by the act.
    "election.revise": lambda to: {
        **to.poll_as_read(),
        "title": "Other",
        "zone": "Asia/Manila",
        "opens": OPENS,
        "closes": CLOSES,
    },
    "election.waive-rehearsal": lambda to: {"id": to.sealed.id, "reason": "Small."},
    "contest.add": lambda to: {"id": to.poll.id, **LATE},
    "contest.drop": lambda to: {"id": to.id_of("contest", to.poll)},
    "roll.enrol": lambda to: {"id": to.poll.id, **VOTER},
    "roll.import": lambda to: {"id": to.poll.id, "rows": LIST},
    "roll.remove": lambda to: {"id": to.entry()},
    "roll.revise": lambda to: {"id": to.entry(), "precinct": "8", "style": "", "weight": 9},
    "roll.move-precinct": lambda to: {"id": to.poll.id, "precinct": "7", "to": "8"},
    "roll.propose-removal": lambda to: {"id": to.poll.id, "precinct": "7"},
    "roll.withdraw-removal": lambda to: {"id": to.id_of("removal")},
    "roll.confirm-removal": lambda to: {"id": to.id_of("removal"), "many": 1},
    "roll.challenge": lambda to: {"id": to.entry("V-3"), "grounds": "Moved away."},
    "roll.decide": lambda to: {"id": to.id_of("challenge"), "uphold": True, "ruling": "Gone."},
    "roll.suspend": lambda to: {"id": to.entry()},
    "roll.restore": lambda to: {"id": to.entry()},
    "style.define": lambda to: {
        "id": to.poll.id,
        "code": "s",
        "title": "South",
        "contests": "works",
    },
    "style.drop": lambda to: {"id": to.id_of("style")},
    "precinct-style.define": lambda to: {"id": to.poll.id, "precinct": "8", "style": "n"},
    "precinct-style.revise": lambda to: {**to.rule(), "style": "n"},
    "precinct-style.drop": lambda to: to.rule(),
    "freeze.propose": lambda to: to.poll_as_read(),
    "freeze.withdraw": lambda to: to.poll_as_read(),
    "freeze.confirm": lambda to: {**to.poll_as_read(), "small_roll": True},
    "nominations.open": lambda to: {"id": to.poll.id, "until": UNTIL},
    "nominations.close": lambda to: {"id": to.poll.id},
    "candidacy.file": lambda to: {"id": to.poll.id, **ADA, "code": "late"},
    "candidacy.amend": lambda to: {"id": to.id_of("candidate"), "given": "Mallory", "family": "M"},
    "candidacy.withdraw": lambda to: {"id": to.id_of("candidate")},
    "candidacy.decide": lambda to: {
        "id": to.listed(),
        "decision": "rejected",
        "reason": "Late.",
    },
    "candidacy.set-photo": lambda to: {"id": to.id_of("candidate"), "content": PHOTO},
    "candidacy.remove-photo": lambda to: {"id": to.id_of("candidate")},
    "party.set-symbol": lambda _to: {"party": "green", "content": PHOTO},
    "party.remove-symbol": lambda _to: {"party": "green"},
    "slate.file": lambda to: {"id": to.poll.id, "party": "green", "rows": listed(1)},
    "party.keep": lambda _to: {"code": "green", "name": "Purple"},
    "precinct.import": lambda to: {"id": to.paper.id, "rows": PLACES},
    "precinct.remove": lambda to: {"id": to.paper.id, "precinct": "0101"},
    "ballots.import": lambda to: {
        "id": to.poll.id,
        "contest": "works",
        "options": ("path", "well"),
        "seats": 1,
        "papers": [(("1",), 1)],
    },
    "trustees.name": lambda to: {
        "id": to.sealed.id,
        "mode": "all",
        "threshold": 1,
        "emails": "kofi@b.example",
    },
    "authority.name": lambda to: {"id": to.sealed.id, "email": "kofi@b.example"},
    "seed-holders.name": lambda to: {
        "id": to.sealed.id,
        "emails": "lena@b.example\nkofi@b.example",
    },
    "ceremony.abort": lambda to: {"id": to.sealed.id, "reason": "Lost", "trustee": 3},
    "ceremony.submit": lambda to: {
        "id": to.sealed.id,
        "messages": lines(to.sealed.trustees[0].commit()),
    },
    "roll-keys.submit": lambda to: {"id": to.sealed.id, "keys": lines(to.sealed.keys())},
    "seed.commit": lambda to: {"id": to.sealed.id, "commitment": "ab" * 32},
}
PHOTO = b64encode(drawing(colour="navy")).decode()
LATE = {"code": "late", "title": "Late", "options": "yes\nno"}
VOTER = {"number": "V-9", "name": "New", "email": "v9@b.example"}
# Refused for another reason, which comes first: nominations end before anybody freezes them.
OTHERWISE = {
    "candidacy.amend": "elections.nominations-closed",
    "candidacy.decide": "elections.already-decided",
    "candidacy.file": "elections.nominations-closed",
    "party.keep": "elections.party-frozen",
    "party.remove-symbol": "elections.party-frozen",
    "party.set-symbol": "elections.party-frozen",
    "slate.file": "elections.nominations-closed",
}
# What is done to an election that is frozen, or to none: voting, counting, deciding, making anew.
DONE_LATER = {
    *("ballot.cast", "ballot.cast-sealed", "ballot.challenge", "board.step", "board.step-due"),
    *("checkpoint.sign-due", "credential.void", "dispute.file", "dispute.rule"),
    *("disqualification.confirm", "disqualification.propose", "disqualification.withdraw"),
    *("interruption.confirm", "interruption.propose", "interruption.withdraw"),
    *("judgement.confirm", "judgement.propose", "judgement.withdraw"),
    *("notice.due", "notice.parts", "notice.voters", "officer.appoint", "officer.dismiss"),
    *("outside.compare", "paper.begin-due", "paper.close", "partial.submit", "poll.close"),
    *("poll.close-due", "return.approve", "return.approve-clean", "return.enter"),
    *("return.import", "return.send-back", "return.submit", "seed.reveal", "turnout.tell"),
    *("verification.submit",),
    *("election.clone", "election.draft", "election.draft-from-returns", "election.rehearse"),
}
# Each page with a form or a button: which act it does, and what its address names besides.
PAGES = {
    "edit_election": ("election.revise",),
    "no_rehearsal": ("election.waive-rehearsal",),
    "new_contest": ("contest.add",),
    "no_contest": ("contest.drop",),
    "stand": ("candidacy.file",),
    "candidacy": ("candidacy.amend",),
    "withdraw": ("candidacy.withdraw",),
    "vet": ("candidacy.decide",),
    "slate": ("slate.file",),
    "open_for_names": ("nominations.open",),
    "no_more_names": ("nominations.close",),
    "parties": ("party.keep",),
    "photo": ("candidacy.set-photo",),
    "no_photo": ("candidacy.remove-photo",),
    "symbol": ("party.set-symbol",),
    "no_symbol": ("party.remove-symbol",),
    "name_people": {
        "trustees": "trustees.name",
        "authority": "authority.name",
        "holders": "seed-holders.name",
        "abort": "ceremony.abort",
    },
    "hand_in": {
        "messages": "ceremony.submit",
        "keys": "roll-keys.submit",
        "commitment": "seed.commit",
    },
    "precincts": ("precinct.import",),
    "roll": ("roll.enrol",),
    "enrol_list": ("roll.import",),
    "no_voter": ("roll.remove",),
    "new_style": ("style.define",),
    "no_style": ("style.drop", "chosen"),
    "new_precinct_style": ("precinct-style.define",),
    "edit_precinct_style": ("precinct-style.revise", "chosen"),
    "no_precinct_style": ("precinct-style.drop", "chosen"),
    "move_now": ("roll.move-precinct",),
    "propose_removal": ("roll.propose-removal",),
    "withdraw_removal": ("roll.withdraw-removal", "removal"),
    "confirm_removal": ("roll.confirm-removal", "removal"),
    "challenge": ("roll.challenge", "voter"),
    "decide_challenge": ("roll.decide", "challenge"),
    "suspend": ("roll.suspend", "voter"),
    "freeze": {
        "proposal": "freeze.propose",
        "withdrawal": "freeze.withdraw",
        "confirmation": "freeze.confirm",
    },
}
PAGES_LATER = {
    *("step", "choose", "cast", "approve_all", "new_election", "copy_election", "new_dispute"),
    *("rule", "interrupt", "judge", "decide_interruption", "decide_judgement", "verifications"),
    *("disqualify", "decide_disqualification"),
    *("close", "void", "officers", "no_officer", "closing", "keep_return", "submit_version"),
    *("approve_version", "send_back_version", "roll_list", "move"),  # The last two only look.
}
VERBS_LATER = {"check-signature", "close-due", "count", "draft-returns", "import-returns"}


def test_each_act_is_tried_or_done_later():
    services_of(Settings())  # Their acts are in the registry from here on.
    changing = [name for name, act in REGISTRY.items() if not act.reads]
    ours = {name.removeprefix(OURS) for name in changing if name.startswith(OURS)}
    assert ours == {*TRIED, *DONE_LATER}


@pytest.mark.engines("sqlite")
def test_each_page_is_tried_or_used_later(app):
    found = {
        rule.endpoint.removeprefix(OURS)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(OURS) and "POST" in rule.methods
    }
    assert found == {*PAGES, *PAGES_LATER}


def test_nothing_is_changed_by_graphql():
    assert dict(graph.mutations) == {}


def test_each_verb_is_tried_or_used_later():
    assert {*elections.commands} == VERBS_LATER | {verb for verb, *_more in VERBS}


def held(town):
    ours = [name for name in inspect(town.database).get_table_names() if name.startswith("elec")]
    return digest(town.database, ours)


def become(town, person, address):
    """Let somebody who is signed in be who has this address, with the roles that they have."""
    asked = f"(SELECT id FROM core_account WHERE email = '{address}')"
    mine = f"(SELECT id FROM core_account WHERE person = '{person.person}')"
    with town.database.begin() as connection:
        for table in ("core_session", "core_account_role"):
            told = f"UPDATE {table} SET account_id = {asked} WHERE account_id = {mine}"
            connection.exec_driver_sql(told)


def people_of(frozen, signed_in):
    """Return by act who may do it: one is agent and candidate as well, two have a part."""
    every = [name for name in PERMISSIONS if name.count(".") >= 2]
    office = signed_in(*every, name="Ines Moreau", person="P-MAYA", confirmed=True)
    mine = "SELECT id FROM core_account WHERE person = 'P-MAYA'"
    frozen.run(f"UPDATE elections_party SET agent_id = ({mine})")
    parts = {name: signed_in(*TRUSTED, name=name) for name in ("Lena", "Omar")}
    for name, person in parts.items():
        become(frozen.poll.town, person, f"{name.lower()}@b.example")
    theirs = {"ceremony.submit": "Lena", "seed.commit": "Lena", "roll-keys.submit": "Omar"}
    return {act: parts[theirs[act]] if act in theirs else office for act in TRIED}


def called(app, person, act, wish):
    """Call an act as programs do; return the code of the answer, None where no address does it."""
    name = f"elections_api.elections_{act.replace('.', '_')}"
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint == name]
    if not rules:
        return None
    (rule,) = rules
    (verb,) = rule.methods & {"POST", "PUT", "PATCH", "DELETE"}
    placed = {name: wish[name] for name in rule.arguments}
    told = {name: value for name, value in wish.items() if name not in placed}
    headers = {"X-CSRF-Token": person.token, "Idempotency-Key": act}
    if "version" in told and verb != "POST":
        headers["If-Match"] = f'"{told.pop("version")}"'
    path = app.url_map.bind("localhost").build(name, placed)
    answer = person.client.open(path, method=verb, json=told, headers=headers)
    return answer.get_json().get("code", answer.status)


def pages():
    """Return each page: its name, its act, what its address names besides, how fields begin."""
    for name, told in PAGES.items():
        if isinstance(told, tuple):
            yield name, told[0], dict.fromkeys(told[1:]), ""
            continue
        for part, act in told.items():
            named = {"decision": part} if name == "freeze" else {"part": part}
            yield name, act, named, "" if name == "freeze" else f"{part}-"


def sent(app, person, page, *told):
    """Send what a form sends; return the text of the page that comes, and where it leads to."""
    poll, wish = told
    name, _act, named, prefix = page
    ids = {"id": wish["id"]} if "id" in wish else {}
    ids |= {place: value or wish["id"] for place, value in named.items()}
    if (
        None in named.values()
    ):  # The id of the wish stands in its own place, beside that of the poll.
        ids["id"] = poll
    ids |= {key: wish[key] for key in ("party",) if "symbol" in name}
    fields = {f"{prefix}{key}": value for key, value in wish.items() if key not in ids}
    if "content" in fields:  # A browser sends the file itself.
        fields["file"] = (BytesIO(b64decode(fields.pop("content"))), "a.png")
    path = app.url_map.bind("localhost").build(f"{OURS}{name}", ids, method="POST")
    answer = person.client.post(path, data={**fields, "csrf_token": person.token})
    if answer.status_code == 303:
        answer = person.client.get(answer.headers["Location"])
    return unescape(answer.text)


def said_with(code):
    """Return how the sentence of an error begins."""
    kinds = [DomainError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    return next(str(one.message) for one in kinds if one.code == code).partition("{")[0]


@pytest.mark.engines("sqlite", "postgresql")
def test_no_door_leads_to_what_is_frozen(town, clock, app, signed_in, monkeypatch):
    monkeypatch.setattr("townsquare.services.elections.cli.found", lambda *_about: town)
    frozen = whole(town, clock)
    people = people_of(frozen, signed_in)
    wishes = {act: make(frozen) for act, make in TRIED.items()}
    before = held(town)
    codes = {act: called(app, people[act], act, wish) for act, wish in wishes.items()}
    codes.pop("ballots.import")  # Only the shell does it.
    assert {act: code for act, code in codes.items() if code != Frozen.code} == OTHERWISE
    wrong = []
    for page in pages():
        name, act, *_rest = page
        text = sent(app, people[act], page, frozen.poll.id, wishes[act])
        if said_with(OTHERWISE.get(act, Frozen.code)) not in text:
            wrong.append((name, act))
    assert wrong == []
    assert held(town) == before
    told = {" ".join(verb): by_shell(frozen, *verb) for verb in VERBS}
    assert told == SAID
    assert held(town) == before


VERBS = (("import-roll",), ("import-ballots",), ("import-ballots", "--set-up"))
BLT = '2 1\n3 1 2 0\n0\n"path"\n"well"\n"Works"\n'
SAID = {
    "import-roll": "elections.frozen",
    "import-ballots": "elections.unknown-election",  # It is for elections that others held.
    "import-ballots --set-up": "elections.frozen",
}


def by_shell(frozen, verb, *more):
    """Let an operator try it; return what the shell ends with."""
    folder = Path(frozen.poll.town.settings.data)
    (folder / "roll.csv").write_text(LIST)
    (folder / "works.blt").write_text(BLT)
    files = {"import-roll": [frozen.poll.id, folder / "roll.csv"]}
    files["import-ballots"] = [folder / "works.blt", frozen.poll.id, "works"]
    done = CliRunner().invoke(elections, [verb, *map(str, files[verb]), *more])
    return getattr(done.exception, "code", done.output)
