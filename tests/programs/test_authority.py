"""The authority: letters to voters, a signed roll without them, and replacements."""

import json
import re
import stat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.programs.boards import ID, ROLL
from tests.programs.hands import Authority, codes, only
from tests.tsv1.boards import secret
from townsquare_authority.authority import Authority as Issuer
from townsquare_authority.authority import Issued, issue, read_authority
from townsquare_authority.roll import Entry, read_export
from tsv1 import credentials, elections
from tsv1.canonical import parse, write
from tsv1.group import base
from tsv1.proofs import read_proof, signed
from tsv1.schema import fits
from tsv1_files.refusals import Refused

PUBLISHED = "01JZX5W0QS4D8M2V7K3T9RYB6C"


@pytest.fixture
def omar(tmp_path, quick):
    return Authority(tmp_path / "omar")


@pytest.fixture
def roll(tmp_path):
    path = tmp_path / "roll.csv"
    path.write_text(ROLL)
    return path


def is_signed(keys, act, digest, proof):
    key = elections.decode_element(keys["authority_key"])
    statement = elections.authority_statement(keys["election"], act, digest, key=key)
    return signed(statement, key, read_proof(proof))


def test_the_roll_holds_every_voter_once_and_no_number(omar, roll):
    keys, letters = omar.issues(roll, ID)
    assert fits("roll_keys", keys)
    found = elections.read_roll(keys["text"])
    assert [key for key, _ in found] == sorted(key for key, _ in found)
    assert sorted(voter.weight for _, voter in found) == [1, 1, 3]
    digest = elections.roll_hash(keys["text"])
    assert is_signed(keys, "roll", digest, keys["signature"])
    assert not is_signed(keys, "credential-void", digest, keys["signature"])
    listed = dict(found)
    for number, weight in (("1", 1), ("2", 1), ("3", 3)):
        token = credentials.read_token(letters[number])
        key = credentials.public_of(credentials.secret_of(ID, token)).hex()
        assert listed[key].weight == weight


def test_the_published_roll_comes_out(vectors):
    """Tokens and key of the vectors give the published text, and a signature under its key."""
    told = [one["token"] for one in vectors["credentials"]]
    weights = {one["public"]: 1 for one in vectors["credentials"]} | {
        line.split(",")[0]: int(line.split(",")[1]) for line in vectors["roll"]["text"].split()
    }
    publics = [one["public"] for one in vectors["credentials"]]
    units = dict(elections.read_roll(vectors["roll"]["text"]))
    issued = {
        str(at): Issued(Entry(str(at), units[key].style, units[key].unit, weights[key]), token)
        for at, (token, key) in enumerate(zip(told, publics, strict=True))
    }
    keys = Issuer(PUBLISHED, "Allotment board", secret("authority"), issued).roll_keys()
    assert keys["text"] == vectors["roll"]["text"]
    assert keys["authority_key"] == vectors["setup"]["json"]["authority_key"]
    assert is_signed(keys, "roll", elections.roll_hash(keys["text"]), keys["signature"])


def test_a_replacement_has_equal_weight_style_and_group(omar, roll):
    keys, letters = omar.issues(roll, ID)
    output, new = omar.folder / "void.json", omar.folder / "new.csv"
    told = omar.does("void", omar.file, "3", "--letters", new, "-o", output, "--yes")
    body = only(output)
    assert fits("credential_void", body)
    assert (body["weight"], body["style"], body["group"], body["reason"]) == (
        3,
        "main",
        "all",
        "lost",
    )
    assert is_signed(keys, "credential-void", elections.void_hash(body), body["signature"])
    assert body["replacement"] in told
    (token,) = codes(new).values()
    assert token != letters["3"]
    assert token not in told
    found = credentials.secret_of(ID, credentials.read_token(token))
    assert base(found).hex() == body["replacement"]
    again = omar.folder / "again.json"
    omar.does("void", omar.file, "3", "--reason", "stolen", "-o", again, "--yes")
    assert only(again)["credential"] == body["replacement"]
    assert only(again)["replacement"] == ""
    told = omar.refusal("void", omar.file, "3", "-o", again, "--yes")
    assert told == "The credential of 3 is void already, without a replacement."
    assert "credential  none" in omar.does("find", omar.file, "3")


def test_a_void_that_nobody_agrees_to_changes_nothing(omar, roll):
    omar.issues(roll, ID)
    before = omar.file.read_bytes()
    output = omar.folder / "void.json"
    omar.refusal("void", omar.file, "3", "-o", output)
    assert omar.file.read_bytes() == before
    assert not output.exists()


def test_a_code_is_shown_in_letters_alone(omar, roll):
    _, letters = omar.issues(roll, ID)
    told = omar.does("find", omar.file, "2")
    assert re.search(r"credential  [0-9a-f]{64}\n", told)
    heard = "".join(omar.heard)
    assert [code for code in letters.values() if code in heard] == []
    again = omar.folder / "again.csv"
    omar.does("letter", omar.file, "2", "--letters", again)
    assert codes(again) == {"2": letters["2"]}
    assert stat.S_IMODE(again.stat().st_mode) == 0o600


def test_letters_to_print_are_one_page_each_and_plain_text(omar, roll):
    told = roll.read_text().replace("\n2,", "\n<b>2</b>,")
    roll.write_text(told)
    letters = omar.folder / "letters.html"
    options = ("--election", ID, "--letters", letters, "--title", "Ada & Bo")
    omar.does("issue", omar.file, roll, *options, "-o", omar.folder / "keys.json")
    page = letters.read_text()
    assert page.count("<section>") == 3
    assert page.count("Ada &amp; Bo</h1>") == 3
    assert "&lt;b&gt;2&lt;/b&gt;" in page
    assert len(re.findall(r'"code">([0-9A-Z]{5}-){4}[0-9A-Z]{5}<', page)) == 3


def test_nothing_is_replaced_unasked(omar, roll):
    omar.issues(roll, ID)
    before = omar.file.read_bytes()
    letters = omar.folder / "others.csv"
    options = ("--election", ID, "--letters", letters, "-o", omar.folder / "keys.json")
    assert "is there already" in omar.refusal("issue", omar.file, roll, *options)
    assert omar.file.read_bytes() == before
    assert not letters.exists()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("number,style,group\n1,main,all\n", "has other columns than number, style, group, weight"),
        ("number,style,group,weight\n", "names nobody"),
        (f"{ROLL}1,main,all,1\n", "line 5, is not right"),
        (f"{ROLL}4,main,all,0\n", "line 5, is not right"),
        (f"{ROLL}4,main,all,10000000\n", "line 5, is not right"),
        (f"{ROLL}4,main,all,+1\n", "line 5, is not right"),
        (f"{ROLL}4,Main,all,1\n", "line 5, is not right"),
        (f"{ROLL}4,main,,1\n", "line 5, is not right"),
        (f"{ROLL}4,main\n", "line 5, is not right"),
        (f"{ROLL},main,all,1\n", "line 5, is not right"),
    ],
)
def test_a_roll_that_is_not_right_is_refused(tmp_path, text, why):
    path = tmp_path / "roll.csv"
    path.write_text(text)
    with pytest.raises(Refused, match=why):
        read_export(path)


def test_a_roll_of_a_spreadsheet_is_read(tmp_path):
    path = tmp_path / "roll.csv"
    path.write_bytes(("\ufeff" + ROLL.replace("\n", "\r\n")).encode())
    assert [entry.weight for entry in read_export(path).entries] == [1, 1, 3]
    path.write_bytes(ROLL.encode("utf-16"))
    with pytest.raises(Refused, match="no UTF-8 text"):
        read_export(path)


VOTER = {"number": "A-1", "style": "all", "group": "all", "weight": 2}
EXPORT = {"v": 1, "election": ID, "title": "Allotment board 2026", "voters": [VOTER]}


def test_the_file_of_the_page_tells_election_and_title(omar, tmp_path):
    path = tmp_path / "roll.json"
    path.write_text(json.dumps(EXPORT, indent=1))
    letters = omar.folder / "letters.csv"
    options = (omar.file, path, "--letters", letters, "-o", omar.folder / "keys.json")
    told = omar.refusal("issue", *options, "--election", PUBLISHED)
    assert told.startswith("Name the election of this roll")
    omar.does("issue", *options)
    keys = only(omar.folder / "keys.json")
    assert keys["election"] == ID
    assert keys["text"].endswith(",2,all,all\n")
    assert "Allotment board 2026,A-1," in letters.read_text()


@pytest.mark.parametrize(
    "other",
    [
        {"election": "x"},
        {"title": 7},
        {"title": "x" * 201},
        {"voters": []},
        {"voters": {}},
        {"voters": ["A-1"]},
        {"voters": [VOTER, VOTER]},
        {"voters": [{**VOTER, "weight": True}]},
        {"voters": [{"number": "A-1"}]},
        {"more": None},
    ],
)
def test_another_message_is_no_roll(tmp_path, other):
    path = tmp_path / "roll.json"
    path.write_text(json.dumps({**EXPORT, **other}))
    with pytest.raises(Refused, match=r"no exported roll|names nobody|is not right"):
        read_export(path)


ENTRIES = st.builds(
    Entry,
    st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable()),
    st.sampled_from(["full", "short"]),
    st.sampled_from(["north", "south-1"]),
    st.integers(1, 9_999_999),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ENTRIES, min_size=1, max_size=8, unique_by=lambda entry: entry.number))
def test_what_is_issued_is_read_again_and_adds_up(entries):
    authority = issue(ID, "Board", entries)
    again = read_authority(authority.told())
    assert again == authority
    keys = again.roll_keys()
    assert fits("roll_keys", keys)
    lines = elections.read_roll(keys["text"])
    assert sum(voter.weight for _, voter in lines) == sum(entry.weight for entry in entries)
    assert len({key for key, _ in lines}) == len(entries)
    assert parse(write(keys)) == keys
