"""Tables as people send them."""

import gzip
from io import BytesIO

import pytest

from townsquare.core.imports.csvfiles import (
    MOST_COLUMNS,
    FieldMapping,
    columns_of,
    mapping_from,
    rows,
)
from townsquare.core.imports.outcomes import BadFile, RowRefused


def read(content):
    return list(rows(BytesIO(content)))


TABLE = "name,town\nGarcía,Cádiz\nPark,Iloilo\n"


@pytest.mark.parametrize(
    "content",
    [
        TABLE.encode(),
        TABLE.encode("utf-8-sig"),
        TABLE.encode("utf-16"),
        TABLE.encode("latin-1"),
        TABLE.replace(",", ";").encode(),
        TABLE.replace(",", "\t").replace("\n", "\r\n").encode(),
        gzip.compress(TABLE.encode(), mtime=0),
        TABLE.replace("\n", "\n\n").encode(),
    ],
)
def test_every_usual_form_of_a_table_says_the_same(content):
    assert [dict(row.values) for row in read(content)] == [
        {"name": "García", "town": "Cádiz"},
        {"name": "Park", "town": "Iloilo"},
    ]


def test_a_damaged_row_is_named_by_its_line_and_the_others_go_on():
    found = read(b'a,b\n1,2\n3\n"x"y,4\n5,6\n')
    assert [(row.line, bool(row.fault)) for row in found] == [
        (2, False),
        (3, True),
        (4, True),
        (5, False),
    ]


def test_a_value_may_hold_line_breaks_without_shifting_the_lines():
    found = read(b'a,b\n"one\ntwo",2\n3\n')
    assert [(row.line, row.values.get("a"), bool(row.fault)) for row in found] == [
        (2, "one\ntwo", False),
        (4, None, True),
    ]


def test_a_line_of_more_than_a_mebibyte_is_refused_alone():
    found = read(b"a,b\n" + b"x" * (1024 * 1024 + 9) + b",2\n3,4\n")
    assert [row.fault or dict(row.values) for row in found] == [
        "it cannot be read (it is longer than 1 MiB).",
        {"a": "3", "b": "4"},
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (",".join(map(str, range(MOST_COLUMNS + 1))).encode(), "more than 1000 columns"),
        (b"a,a\n1,2\n", "two columns named 'a'"),
        (gzip.compress(TABLE.encode(), mtime=0)[:-9], "compression is damaged"),
    ],
)
def test_what_is_no_table_is_refused_as_a_whole(content, reason):
    with pytest.raises(BadFile, match=reason):
        read(content)


def test_a_mapping_reads_fields_and_falls_back_on_defaults():
    mapping = FieldMapping({"title": "Titel", "language": "Sprache"}, {"language": "en"})
    row = read(b"Titel;Sprache\nOde;\n")[0]
    assert mapping_from(mapping.kept()).read(row) == {"title": "Ode", "language": "en"}


def test_a_mapping_refuses_what_could_not_be_read():
    with pytest.raises(RowRefused, match="Line 2"):
        FieldMapping({"a": "a"}).read(read(b"a,b\n1\n")[0])


def test_the_columns_are_known_before_they_are_mapped():
    assert columns_of(BytesIO(TABLE.encode())) == ["name", "town"]
