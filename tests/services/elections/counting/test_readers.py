"""Files of ballots and of rules are read as they are, and refused with a reason."""

import json
from io import BytesIO
from zipfile import ZipFile

import pytest

from tests.kit.elections import FILES, papers_of, text_of
from townsquare.services.elections.readers.castvotes import Layout, cast_votes
from townsquare.services.elections.readers.files import count_file
from townsquare.services.elections.readers.rctab import rule_file
from townsquare.services.elections.readers.unreadable import Unreadable, whole
from townsquare.services.elections.readers.workbook import sheet_rows
from townsquare.services.elections.rules.counting.ballots import OVERVOTE
from townsquare.services.elections.rules.counting.refusals import CountRefused

DECK = "irv_small_test_deck_99_ballots"
SHEET = "<worksheet><sheetData>{}</sheetData></worksheet>"
LISTED = '<workbook><sheets><sheet name="A" sheetId="1" r:id="rId7"/></sheets></workbook>'
RELATED = '<Relationships><Relationship Id="rId7" Target="worksheets/b.xml"/></Relationships>'


def workbook(rows, texts="", head=""):
    packed = BytesIO()
    with ZipFile(packed, "w") as book:
        book.writestr("xl/workbook.xml", LISTED)
        book.writestr("xl/_rels/workbook.xml.rels", RELATED)
        book.writestr("xl/sharedStrings.xml", f"<sst>{texts}</sst>")
        book.writestr("xl/worksheets/b.xml", head + SHEET.format(rows))
    return packed.getvalue()


def texts_of(*rows):
    """Return a workbook with these texts, each row from the first column."""
    cells = ["".join(f'<c t="inlineStr"><is><t>{c}</t></is></c>' for c in row) for row in rows]
    return workbook("".join(f"<row>{row}</row>" for row in cells))


def test_cells_are_read_wherever_they_say_they_are():
    rows = (
        '<row r="2"><c r="B2" t="s"><v>0</v></c><c><v>7</v></c>'
        '<c r="AA2" t="str"><v>x</v></c></row>'
        '<row r="5"><c r="A5"/><c r="B5" t="inlineStr"><is><t>in</t></is></c></row>'
    )
    texts = "<si><r><t>Jo </t></r><r><t>Bo</t></r><rPh><t>ho</t></rPh></si>"
    assert list(sheet_rows(workbook(rows, texts))) == [
        (2, {2: "Jo Bo", 3: "7", 27: "x"}),
        (5, {2: "in"}),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        workbook('<row><c t="s"><v>9</v></c></row>'),
        workbook("<row>"),
        workbook("", head="<!DOCTYPE worksheet [<!ENTITY a 'b'>]>"),
        b"".join([texts_of(["a"])[:200], b"\x00" * 50]),
    ],
)
def test_a_damaged_workbook_is_refused(content):
    with pytest.raises(Unreadable):
        list(sheet_rows(content))


LAYOUT = Layout(2, 2, 3, 1, "over", "none", "UWI", "|")
CODES = {"Ada": "1", "Bo": "2", "Robert": "2", "": "write-ins"}


def ranks_of(*cells, layout=LAYOUT):
    content = texts_of(["Precinct", "1st", "2nd", "3rd"], ["P1", *cells])
    [(precinct, paper)] = cast_votes(content, layout, CODES)
    return precinct, paper.ranks


def test_words_of_a_record_are_no_names():
    assert ranks_of("Ada", "none", "Robert") == ("P1", (("1",), (), ("2",)))
    assert ranks_of("over", "UWI", "") == ("P1", (OVERVOTE, ("write-ins",)))
    assert ranks_of("Ada|Bo", " Bo ") == ("P1", (("1", "2"), ("2",)))
    blank = Layout(2, 2, 2, 1, blank_is_write_in=True)
    assert ranks_of("Ada", "", layout=blank) == ("P1", (("1",), ("write-ins",)))


@pytest.mark.parametrize("cell", ["Cy", "Ada|Cy", "Ada|over", "|"])
def test_a_name_that_nobody_declared_says_its_row(cell):
    with pytest.raises(Unreadable, match="line 2: neither an option nor a declared word"):
        ranks_of(cell)


def changed(**said):
    whole = json.loads(text_of(f"{DECK}_rules.json"))
    whole["rules"].update(said)
    return rule_file(json.dumps(whole))


@pytest.mark.parametrize(
    ("said", "key", "value"),
    [
        ({"tiebreakMode": "random"}, "ties", ("java-random",)),
        ({"tiebreakMode": "generatePermutation"}, "ties", ("java-permutation",)),
        ({"tiebreakMode": "stopCountingAndAsk"}, "ties", ("ask",)),
        (
            {"tiebreakMode": "previousRoundCountsThenRandom"},
            *("ties", ("backward", "java-random")),
        ),
        ({"overvoteRule": "alwaysSkipToNextRank"}, "overvote", "skip"),
        ({"overvoteRule": "exhaustIfMultipleContinuing"}, "overvote", "exhaust-if-several"),
        ({"winnerElectionMode": "multiPassIrv"}, "winners", "sequential"),
        ({"winnerElectionMode": "bottomsUp"}, "winners", "bottoms-up"),
        ({"maxSkippedRanksAllowed": "unlimited"}, "max_skipped", "unlimited"),
        ({"maxRankingsAllowed": "max"}, "max_ranks", "unlimited"),
        ({"nonIntegerWinningThreshold": True}, "quota", "decimal"),
        ({"hareQuota": True}, "hare", True),
        ({"doesFirstRoundDetermineThreshold": True}, "threshold", "first-round"),
        ({"batchElimination": False}, "batch", False),
        ({"continueUntilTwoCandidatesRemain": True}, "until_two", True),
        ({"stopTabulationEarlyAfterRound": "3"}, "stop_after", 3),
        ({"exhaustOnDuplicateCandidate": True}, "duplicate", "exhaust"),
        ({"minimumVoteThreshold": "5"}, "min_votes", 5),
        ({"multiSeatBottomsUpPercentageThreshold": "12.5"}, "percent", (125, 10)),
        ({"randomSeed": "-1"}, "seed", (1 << 48) - 1),
    ],
)
def test_each_option_of_a_rule_file_is_one_of_ours(said, key, value):
    assert changed(**said).rules.content[key] == value


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"quotaOfTheDay": True}, "no such option: quotaOfTheDay"),
        ({"tiebreakMode": "coin"}, "'coin' is missing or unknown"),
        ({"overvoteRule": "guess"}, "'guess' is missing or unknown"),
        ({"winnerElectionMode": "loudest"}, "'loudest' is missing or unknown"),
        ({"maxRankingsAllowed": "-3"}, "no value of max_ranks: -3"),
        ({"numberOfWinners": "many"}, "not a rule file"),
        ({"numberOfWinners": 2}, "one winner by these rules, and not 2"),
        ({"minimumVoteThreshold": 15.5}, "not a rule file"),
    ],
)
def test_an_unknown_option_refuses_the_file(said, why):
    with pytest.raises(Unreadable, match=why):
        changed(**said)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"rules": {}}', "null"])
def test_what_is_no_rule_file_is_refused(text):
    with pytest.raises(Unreadable):
        rule_file(text)


def test_excluded_names_and_aliases_are_known():
    whole = json.loads(text_of(f"{DECK}_rules.json"))
    whole["candidates"][0] |= {"excluded": True, "aliases": ["Mike"]}
    said = rule_file(json.dumps(whole))
    assert (said.contest.options[0].withdrawn, said.codes["Mike"]) == (True, "1")


def test_a_file_is_counted_by_its_rules():
    table = count_file(FILES / f"{DECK}_cvr.xlsx", str(FILES / f"{DECK}_rules.json"))
    said, _papers = papers_of(DECK)
    assert (table.elected, table.ballots, table.rule_set) == (("11",), 99, said.rules)
    ward = FILES / "scotland_2017_ballots" / "inverclyde_2017_ward1.csv"
    assert set(count_file(ward, "scottish-2011").elected) == {"2", "3", "5"}


def test_a_file_without_its_rules_is_refused(tmp_path):
    (tmp_path / "x.xml").write_text("")
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe\xfd")
    for file, rules, why in (
        (FILES / f"{DECK}_cvr.xlsx", "irv", "needs a rule file"),
        (tmp_path / "x.csv", "coin", "no such rules: coin; there are"),
        (tmp_path / "x.xml", "irv", "no such kind of file: .xml"),
        (tmp_path / "x.csv", "irv", "is not in UTF-8"),
    ):
        with pytest.raises(Unreadable, match=why):
            count_file(file, rules)


def rules_with(**told):
    return rule_file(json.dumps(json.loads(text_of(f"{DECK}_rules.json")) | told))


def test_a_rule_file_of_several_files_of_ballots_is_refused():
    (source,) = json.loads(text_of(f"{DECK}_rules.json"))["cvrFileSources"]
    with pytest.raises(Unreadable, match="2 files of ballots, and one is counted at a time"):
        rules_with(cvrFileSources=[source, source])


@pytest.mark.parametrize("second", [{"name": "Ada "}, {"name": "Bo", "aliases": ["Ada"]}])
def test_one_name_of_two_candidates_is_refused(second):
    with pytest.raises(Unreadable, match="two candidates have one name"):
        rules_with(candidates=[{"name": "Ada"}, second])


def test_what_is_not_excluded_in_words_stands():
    said = rules_with(candidates=[{"name": "Ada", "excluded": "false"}, {"name": "Bo"}])
    assert not said.contest.options[0].withdrawn


NAMES = '0\n"Ada"\n"Bo"\n"Chair"\n'


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.blt", f"2 1\n-3\n1 1 0\n{NAMES}", "candidate 3 is withdrawn, and there are 2"),
        ("a.toc", "3\n1,A\n2,B\n3,C\n1,1,1\n1,1,{2,3\n", "line 6: a count and an order"),
        ("a.toc", "3\n1,A\n2,B\n3,C\n1,1,1\n1,1,2}\n", "line 6: a count and an order"),
    ],
)
def test_what_is_half_said_is_refused(tmp_path, name, text, why):
    (tmp_path / name).write_text(text)
    with pytest.raises(Unreadable, match=why):
        count_file(tmp_path / name, "schulze")


@pytest.mark.parametrize("rules", ["score", "majority-judgement"])
def test_ranks_are_not_summed_up_as_points(tmp_path, rules):
    file = tmp_path / "a.blt"
    file.write_text(f"2 1\n3 1 2 0\n{NAMES}")
    with pytest.raises(Unreadable, match="such a file holds ranks"):
        count_file(file, rules)


def test_more_papers_than_people_are_refused(tmp_path):
    file = tmp_path / "a.blt"
    file.write_text(f"2 1\n{10**20} 1 0\n{NAMES}")
    with pytest.raises(CountRefused, match="more than 1,000,000,000,000 papers"):
        count_file(file, "irv")


@pytest.mark.parametrize("text", ["1,2", "12,34", ",5", "1,2345", "1" * 20, "٣", "-1", "1e3"])
def test_commas_stand_between_thousands_only(text):
    with pytest.raises(Unreadable, match="a whole number is expected"):
        whole(text, 1)
    assert (whole(" 1,234,567 ", 1), whole("0012", 1)) == (1234567, 12)
