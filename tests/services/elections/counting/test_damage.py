"""Whatever stands in a file, it is read or refused, and never anything else happens."""

import gzip
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kit.elections import FILES, text_of
from townsquare.services.elections.readers.blt import blt
from townsquare.services.elections.readers.castvotes import cast_votes
from townsquare.services.elections.readers.preflib import preflib
from townsquare.services.elections.readers.rctab import rule_file
from townsquare.services.elections.readers.results import marked_results
from townsquare.services.elections.readers.returns import precinct_returns, town_returns
from townsquare.services.elections.readers.scottish import scottish_ward
from townsquare.services.elections.readers.unreadable import Unreadable

DECK = "irv_small_test_deck_99_ballots"


def beginning(name, lines=12):
    text = gzip.decompress((FILES / f"{name}.csv.gz").read_bytes()).decode()
    return "\n".join(text.splitlines()[:lines])


TEXTS = {
    scottish_ward: text_of("scotland_2017_ballots/orkney_2017_ward5.csv")[-600:],
    blt: '4 2\n-2\n3 1 3 4 0\n4 1=3 - 2 0\n0\n"Ada"\n"Bo"\n"Cy"\n"Di"\n"Chair"\n',
    preflib: "# TITLE: x\n# ALTERNATIVE NAME 1: a\n# ALTERNATIVE NAME 2: b\n5: 1,{2}\n2: {1,2}\n",
    rule_file: text_of(f"{DECK}_rules.json"),
    precinct_returns: beginning("plurality_rhode_island_20161108_precinct"),
    town_returns: beginning("plurality_rhode_island_20161108_town"),
    marked_results: beginning("plurality_trafford_2016_2019_results"),
}
ODD = st.sampled_from([*'0123456789,"-{}:=#\n\r\t \\&', "\x00", "é", "٣", "²", "null", "[[", "1e9"])


@pytest.mark.parametrize("reader", TEXTS, ids=lambda reader: reader.__name__)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_text_that_was_changed_anywhere_is_read_or_refused(reader, data):
    text = TEXTS[reader]
    for _change in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text)))
        gone = data.draw(st.integers(0, 9))
        text = text[:place] + data.draw(ODD) + text[place + gone :]
    with suppress(Unreadable):
        assert reader(text) is not None


@pytest.mark.parametrize("reader", TEXTS, ids=lambda reader: reader.__name__)
@settings(max_examples=50, deadline=None)
@given(text=st.text())
def test_any_text_is_read_or_refused(reader, text):
    with suppress(Unreadable):
        assert reader(text) is not None


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_workbook_that_was_changed_anywhere_is_read_or_refused(data):
    said = rule_file(TEXTS[rule_file])
    content = bytearray((FILES / f"{DECK}_cvr.xlsx").read_bytes())
    for _change in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(Unreadable):
        assert len(list(cast_votes(bytes(content), said.layout, said.codes))) <= 99
