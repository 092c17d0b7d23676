"""The pages of trustees, the authority, holders of seeds and the office, used without a script."""

import json
import re
from io import BytesIO

import pytest
from sqlalchemy import select, update

from tests.services.elections.founding import PARTS, Founding, Trustee, lines
from tests.services.elections.polling import INES, drafted
from tests.services.elections.test_pages import Browser
from townsquare.core.identity.models import AccountRow
from townsquare.core.usecase import Actor
from townsquare.services.elections.commands.elections import WaiveRehearsal
from townsquare.services.elections.usecases.waiving import waive_rehearsal
from tsv1 import elections
from tsv1.ceremony import Place
from tsv1.group import base
from tsv1.proofs import sign
from tsv1.ties import seed_commitment

pytestmark = pytest.mark.shown

ROLES = ("elections.trustee", "elections.authority", "elections.seed-holder")


@pytest.fixture
def people(town, signed_in):
    """Lena, Tomas and Omar at their browsers, with addresses of their own."""
    found = {}
    for name in ("Lena", "Tomas", "Omar"):
        found[name] = Browser(signed_in(*ROLES, name=name))
        with town.database.begin() as db:
            mine = update(AccountRow).where(AccountRow.name == name)
            db.execute(mine.values(email=f"{name.lower()}@b.example", confirmed_at=town.now()))
    return found


@pytest.fixture
def ines(signed_in):
    return Browser(signed_in("elections.officer", name="Ines Moreau", confirmed=True))


@pytest.fixture
def draft(town, clock):
    clock.set(2026, 3, 2, 0, 0)
    poll = drafted(town, clock, tier="encrypted")
    poll.enrol("V-1", "V-2")
    return poll


def named(ines, draft):
    """Name everybody on the page of the office."""
    at = f"/elections/office/{draft.id}/people"
    both = "lena@b.example\ntomas@b.example"
    ines.post(f"{at}/trustees", trustees__mode="all", trustees__threshold=2, trustees__emails=both)
    ines.post(f"{at}/authority", authority__email="omar@b.example")
    ines.post(f"{at}/holders", holders__emails=both)
    return at


def test_the_office_sees_who_does_what_next(ines, people, draft):
    ines.get(f"/elections/office/{draft.id}")
    assert f"/elections/office/{draft.id}/people" in ines.text
    at = named(ines, draft)
    ines.get(at)
    assert "Make the key together: Lena, Tomas" in ines.text
    assert "Sign the credentials: Omar" in ines.text


def test_the_office_says_why_it_is_not_rehearsed(ines, draft):
    at, reason = f"/elections/office/{draft.id}", "The same was held last year."
    ines.get(at)
    assert "no rehearsal of it was tallied" in ines.text
    ines.get(f"{at}/rehearsal")
    ines.post(f"{at}/rehearsal", 422, reason="x" * 501)
    ines.post(f"{at}/rehearsal", reason=reason)
    ines.get(at)
    assert "no rehearsal of it was tallied" not in ines.text
    for page in (at, f"/elections/{draft.id}"):
        ines.get(page)
        assert f"{reason} (Ines Moreau)" in ines.text


def test_a_wrong_address_is_said_at_its_form(ines, people, draft):
    at = f"/elections/office/{draft.id}/people"
    ines.post(f"{at}/authority", 422, authority__email="nobody@b.example")
    assert "Nobody has confirmed the address nobody@b.example" in ines.text
    told = {"trustees__mode": "threshold", "trustees__threshold": 3}
    ines.post(f"{at}/trustees", 422, trustees__emails="lena@b.example", **told)
    assert "name more, or lower the number" in ines.text


def test_a_trustee_hands_a_file_in_or_pastes_it(ines, people, draft):
    named(ines, draft)
    one, two = (Trustee(Place(draft.id, number), 1) for number in (1, 2))
    lena, tomas = people["Lena"], people["Tomas"]
    lena.get("/elections/trustee")
    assert f"/elections/{draft.id}/duty" in lena.text
    lena.get(f"/elections/{draft.id}/duty")
    assert "You are trustee 1" in lena.text
    file = (BytesIO(lines(one.commit(additive=True)).encode()), "messages.jsonl")
    at = f"/elections/{draft.id}/duty"
    lena.post(f"{at}/messages", file=file)
    lena.get(at)
    assert "What you have handed in" in lena.text
    assert "<li>Your keys (round 1): Mon, " in lena.text
    assert "When all have committed you hand in the file" in lena.text
    assert f'action="{at}/messages"' not in lena.text  # Nothing more is asked in this round.
    tomas.post(f"{at}/messages", messages__messages=lines(two.commit(additive=True)))
    lena.get(at)
    assert "All have committed" in lena.text
    assert f'action="{at}/messages"' in lena.text
    saved = lena.get(f"{at}/ceremony.json")
    told = json.loads(saved.data)
    assert (told["you"], len(told["messages"])) == (1, 2)
    assert saved.headers["Content-Disposition"].startswith("attachment")
    assert lena.get(f"{at}/messages.jsonl").text.count("\n") == 2


def test_what_is_refused_is_said_beside_the_form(ines, people, draft):
    named(ines, draft)
    lena, at = people["Lena"], f"/elections/{draft.id}/duty"
    lena.post(f"{at}/messages", 422, messages__messages="[1]")
    assert "The check S04 refuses this" in lena.text
    one = Trustee(Place(draft.id, 1), 1)
    lena.post(f"{at}/messages", 409, messages__messages=lines(one.reveal()))
    assert "has no place in the ceremony now" in lena.text


def test_the_authority_and_the_holders_do_their_part(ines, people, draft, town, clock):
    named(ines, draft)
    omar, lena = people["Omar"], people["Lena"]
    at = f"/elections/{draft.id}/duty"
    told = json.loads(omar.get(f"{at}/roll.json").data)
    assert told["voters"][0] == {"number": "V-1", "style": "all", "group": "all", "weight": 1}
    made = Founding(town, clock, draft.id)
    keys = made.keys(voters=told["voters"])
    omar.post(f"{at}/keys", keys__keys=lines(keys))
    omar.get(at)
    assert "Has signed the roll" in omar.text
    commitment = seed_commitment(draft.id, 1, bytes(32)).hex()
    lena.post(f"{at}/commitment", commitment__commitment=commitment)
    lena.get(at)
    assert "You have committed" in lena.text


def test_strangers_have_no_part(ines, people, draft, signed_in):
    other = Browser(signed_in(name="Mallory"))
    other.get(f"/elections/{draft.id}/duty", 404)
    other.get(f"/elections/{draft.id}/duty/ceremony.json", 404)
    other.get(f"/elections/{draft.id}/duty/roll.json", 403)
    other.get("/elections/trustee")
    assert "You have no part in an election" in other.text


def test_programs_name_people_and_read_the_ceremony(ines, people, draft):
    named(ines, draft)
    answer = people["Lena"].person.client.get(f"/api/v1/elections/{draft.id}/ceremony")
    assert [one["name"] for one in answer.json["trustees"]] == ["Lena", "Tomas"]


@pytest.fixture
def frozen(people, draft, town, clock):
    """The draft with its people named, ready and frozen."""
    made = Founding(town, clock, draft.id)
    with town.sessions() as db:
        for one in db.scalars(select(AccountRow).where(AccountRow.name.in_(people))):
            made.people[one.name] = Actor(one.id, one.name, PARTS, one.person, confirmed=True)
    made.name_all(trustees=("Lena", "Tomas"), mode="all")
    made.commit_all(additive=True)
    made.reveal_all()
    made.confirm_all()
    made.issue()
    made.commit_seeds()
    made.do(INES, waive_rehearsal, WaiveRehearsal, reason="It was tried elsewhere.")
    made.freeze()
    return made


def test_the_office_confirms_a_lost_credential(ines, frozen):
    at = f"/elections/office/{frozen.id}/people"
    ines.get(at)
    assert "A lost credential" in ines.text
    lost, new = sorted(line[:64] for line in frozen.keys()["text"].splitlines())
    told = {"weight": 1, "style": "all", "group": "all", "reason": "lost"}
    void = {"credential": lost, "replacement": base(9).hex(), **told}
    statement = elections.authority_statement(
        frozen.id, "credential-void", elections.void_hash(void), key=base(frozen.authority_secret)
    )
    frozen.open()
    unsigned = {**void, "signature": {"c": "0" * 64, "z": "0" * 64}}
    ines.post(f"{at}/void", 422, void__message=lines(unsigned).strip())
    assert new not in ines.text
    proof = sign(statement, frozen.authority_secret).told()
    ines.post(f"{at}/void", void__message=lines({**void, "signature": proof}).strip())
    states = frozen.rows("SELECT pub, state FROM elections_credential WHERE state = 'void'")
    assert states == [(lost, "void")]


def test_a_trustee_finds_after_the_closing_how_to_decrypt(people, frozen):
    lena, at = people["Lena"], f"/elections/{frozen.id}/duty"
    lena.get(at)
    assert "The key is made, and the election is frozen" in lena.text
    frozen.clock.set(2026, 3, 2, 12, 0)
    lena.get(at)
    assert "Hand my part in" in lena.text
    lena.post(f"{at}/partial", 422, partial__message="{}")
    assert "The check D01 refuses this" in lena.text


def test_no_two_fields_of_a_page_have_one_id(ines, people, draft):
    named(ines, draft)
    for who, path in (
        (ines, f"/elections/office/{draft.id}/people"),
        (people["Lena"], f"/elections/{draft.id}/duty"),
        (people["Omar"], f"/elections/{draft.id}/duty"),
    ):
        who.get(path)
        ids = re.findall(r' id="([^"]+)"', who.text)
        labelled = set(re.findall(r' for="([^"]+)"', who.text))
        assert len(ids) == len(set(ids))
        assert labelled <= {*ids}
