import gzip
from collections import Counter

import pytest

from townsquare.services.library.rules.recordfiles import entries, kind_of, unpacked
from townsquare.services.library.rules.records import Damaged, Record, Unreadable


def read(content):
    content = unpacked(content)
    return list(entries(content, kind_of(content)))


@pytest.fixture
def marc(files):
    return lambda name: (files / "marc" / name).read_bytes()


def test_goodbooks_give_the_figures_that_are_known(files):
    found = read((files / "goodbooks_1_5000.csv.gz").read_bytes())
    schemes = Counter(number.scheme for record in found for number in record.numbers)
    years = [record.published_year for record in found]
    assert len(found) == 5000
    assert schemes == {"isbn": 4731, "invalid": 14}
    assert sum(not record.numbers for record in found) == 255
    assert (sum(y < 0 for y in years if y), min(y for y in years if y), years.count(None)) == (
        23,
        -1750,
        9,
    )
    # 1,071 lines name several authors; two of them name the same one twice.
    assert sum(len(record.makers) > 1 for record in found) == 1071 - 2
    assert len({maker.heading for record in found for maker in record.makers}) == 3271


def test_goodbooks_with_a_wrong_digit_carry_a_warning(files):
    found = read((files / "goodbooks_1_5000.csv.gz").read_bytes())
    warned = [record.control for record in found if record.warnings]
    assert len(warned) == 14
    assert warned[:3] == ["goodbooks:916", "goodbooks:1095", "goodbooks:1443"]


def test_a_source_record_is_kept_byte_for_byte(files):
    content = unpacked((files / "goodbooks_1_5000.csv.gz").read_bytes())
    found = read(content)
    assert b"".join(record.source for record in found) == content.split(b"\n", 1)[1]


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("marc.dat", (20, "The pragmatic programmer")),
        ("batch.xml", (2, "The Great Ray Charles")),
        ("one.dat", (1, "ActivePerl with ASP and ADO")),
        ("one.json", (1, "ActivePerl with ASP and ADO")),
        ("multi_isbn.dat", (1, "The town scold")),
        ("marc8.dat", (1, "Escape from loneliness")),
        ("utf8_with_leader_flag.dat", (1, "Escape from loneliness")),
    ],
)
def test_marc_files_hold_their_records(marc, name, holds):
    found = read(marc(name))
    assert (len(found), found[0].title) == holds
    assert all(isinstance(record, Record) and record.source in marc(name) for record in found)


@pytest.mark.parametrize(
    ("one", "other"), [("marc8.dat", "utf8_with_leader_flag.dat"), ("one.json", "one.dat")]
)
def test_one_record_in_two_clothes_is_one_record(marc, one, other):
    [first], [second] = read(marc(one)), read(marc(other))
    assert first.read_digest() == second.read_digest()
    assert first.source != second.source


def test_several_isbns_keep_their_qualifiers(marc):
    [record] = read(marc("multi_isbn.dat"))
    assert [(n.value, n.qualifier) for n in record.numbers] == [
        ("9780914378280", "(v. 1)"),
        ("9780914378297", "(lim. ed.) (v. 1)"),
        ("9780914378266", "(pbk.) (v. 1)"),
    ]


def test_a_record_without_leader_is_refused(marc):
    [refused] = read(marc("bad_tag.xml"))
    assert isinstance(refused, Damaged)
    assert "leader is missing" in refused.reason


def damaged(kind, one):
    """Return the bytes of a record, damaged in this way."""
    as_utf8 = one[:9] + b"a" + one[10:]
    two = one.replace(b"003000600013", b"001000600013")
    return {
        "truncated": one[:300],
        "zero length": b"00000" + one[5:],
        "wrong length": b"00700" + one[5:],
        "no number": b"abcde" + one[5:],
        "base address": one[:12] + b"00100" + one[17:],
        "base outside": one[:12] + b"09999" + one[17:],
        "Latin-1 as UTF-8": as_utf8.replace(b"Tobias", b"Tob\xefas"),
        "no 245": one.replace(b"245005400237", b"246005400237"),
        "two 001": two,
        "too long": b"99999" + one[5:-1] + b"x" * 100_000 + b"\x1d",
        "short": b"00012abc\x1d",
    }[kind]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("zero length", "its length says 0, but it has 755 bytes"),
        ("wrong length", "its length says 700, but it has 755 bytes"),
        ("no number", "its length b'abcde' is no number"),
        ("base address", "its base address 100 is wrong"),
        ("base outside", "its base address b'09999' points outside"),
        ("Latin-1 as UTF-8", "it is marked as UTF-8, but its letters are not"),
        ("no 245", "it has no title (MARC field 245)"),
        ("two 001", "it has two control numbers (MARC field 001)"),
        ("too long", "bytes long; MARC allows 99999"),
        ("short", "its leader has 9 characters instead of 24"),
    ],
)
def test_a_damaged_record_harms_no_other(marc, kind, reason):
    one, good = marc("one.dat"), marc("multi_isbn.dat")
    found = read(good + damaged(kind, one) + good)
    assert [type(entry) for entry in found] == [Record, Damaged, Record]
    assert reason in found[1].reason


def test_a_truncated_file_keeps_what_came_before(marc):
    good, broken = read(marc("multi_isbn.dat") + damaged("truncated", marc("one.dat")))
    assert good.title == "The town scold"
    assert broken.reason == "it is truncated: 300 of 755 bytes are there"


def test_an_xml_file_that_breaks_off_keeps_what_came_before(marc):
    content = marc("batch.xml")
    first, second = read(content[: content.rindex(b"<marc:leader>")])
    assert first.title == "The Great Ray Charles"
    assert "the XML breaks off at line" in second.reason


@pytest.mark.parametrize(
    ("name", "whole", "short", "reason"),
    [
        ("batch.xml", b'tag="245"', b'tag="24"', "the tag '24' is not three characters long"),
        ("batch.xml", b"22002777a 4500<", b"22002777a 450<", "it has 23 characters instead of 24"),
        ("one.json", b'"245"', b'"24"', "the tag '24' is not three characters long"),
        ("one.json", b"22002414a 4500", b"22002414a 450", "it has 23 characters instead of 24"),
    ],
)
def test_a_short_tag_is_not_kept_and_a_short_leader_does_not_stop_the_file(
    marc, name, whole, short, reason
):
    content = marc(name)
    found = read(content.replace(whole, short, 1) + (b"" if name == "batch.xml" else content))
    assert [type(entry) for entry in found] == [Damaged, Record]
    assert reason in found[0].reason


def test_a_document_type_is_refused():
    bomb = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]><record>&a;</record>'
    with pytest.raises(Unreadable, match="document type"):
        read(bomb)


def test_a_title_in_its_own_script_is_kept():
    told = (
        '{"leader": "00000nam a2200000 a 4500", "fields": ['
        '{"001": "1"}, {"245": {"ind1": "1", "ind2": "0", "subfields": [{"6": "880-01"},'
        ' {"a": "Umibe no Kafuka /"}]}}, {"880": {"ind1": "1", "ind2": "0", "subfields":'
        ' [{"6": "245-01"}, {"a": "海辺のカフカ"}]}}]}'
    )
    [record] = read(told.encode())
    assert (record.title, record.original_title) == ("Umibe no Kafuka", "海辺のカフカ")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b" \n ", "it is empty"),
        (gzip.compress(b"", mtime=0), "it is empty"),
        (gzip.compress(b"title,authors\n", mtime=0)[:12], "its compression is damaged"),
        (b"a picture", "neither MARC nor a table"),
    ],
)
def test_a_file_that_holds_no_records_is_refused(content, reason):
    with pytest.raises(Unreadable, match=reason):
        read(content)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Emma;Jane Austen", "line 3: it has 1 columns instead of 4"),
        ("Emma,Jane Austen,soon,", "its year 'soon' is no number"),
        ("Emma,Jane Austen,99999,", "lies outside -5000 to 2200"),
        (",Jane Austen,1815,", "line 3: it has no title (column 'title' is empty)"),
        ("Em\x07ma,Jane Austen,1815,", "it holds the control character U+0007"),
    ],
)
def test_a_bad_line_harms_no_other(line, reason):
    lines = ["title,authors,year,isbn", "Persuasion,Jane Austen,1817,", line, "Lady Susan,,,"]
    good, bad, more = read("\n".join(lines).encode())
    assert (good.title, more.title) == ("Persuasion", "Lady Susan")
    assert reason in bad.reason


def test_a_line_is_counted_as_an_editor_counts_it():
    lines = 'title,authors\n"A title\nin two lines",A\n\nEmma\n'
    assert read(lines.encode())[1].reason == "line 5: it has 1 columns instead of 2"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'title,"auth"ors\nEmma,\n', "its first line cannot be read"),
        (b"title,authors," + b"x" * 200_000, "its first line cannot be read"),
        (b"title,authors,title\nEmma,,\n", "it has two columns named 'title'"),
        ("title,authors\nÉmile,\n".encode("latin-1"), "its text is not UTF-8 (byte 15)"),
        ("title,authors\nEmma,\n".encode("utf-16"), "neither MARC nor a table"),
        (b"{" * 100_000, "the JSON breaks off"),
    ],
)
def test_a_file_that_nobody_can_read_says_why(content, reason):
    try:
        [told] = (entry.reason for entry in read(content))
    except Unreadable as error:
        told = str(error)
    assert reason in told


def test_branches_are_read_from_their_list(files):
    found = read((files / "library_branches_greater_manchester.csv").read_bytes())
    assert (len(found), len({branch.code for branch in found})) == (141, 141)
    assert sum(not branch.mail for branch in found) == 7
