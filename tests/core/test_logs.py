"""The log is JSON, one object a line, and keeps secrets to itself."""

import json
import logging
from functools import cache
from io import StringIO
from threading import Event

import pytest

from townsquare.core import logs


class Stream(StringIO):
    """A text that tells when something was written to it."""

    def __init__(self):
        super().__init__()
        self.told = Event()

    def write(self, text):
        super().write(text)
        self.told.set()


@pytest.fixture
def begun():
    root = logging.getLogger()
    before, level = root.handlers, root.level
    stream = Stream()
    listener = logs.begin(stream)
    stream.end = cache(listener.stop)
    yield stream
    stream.end()
    root.handlers = before
    root.setLevel(level)


@pytest.fixture
def written(begun):
    def lines():
        begun.end()
        return [json.loads(line) for line in begun.getvalue().splitlines()]

    return lines


def test_a_line_has_its_moment_level_and_facts(written):
    logging.getLogger("town").info("request", extra={"facts": {"request_id": "R1", "ms": 3.5}})
    (line,) = written()
    assert (line["told"], line["level"], line["request_id"], line["ms"]) == (
        "request",
        "info",
        "R1",
        3.5,
    )
    assert line["at"].endswith("+00:00")


def test_entries_that_gather_are_all_written_in_their_order(written):
    for number in range(200):
        logging.getLogger("town").info("request", extra={"facts": {"number": number}})
    assert [line["number"] for line in written()] == list(range(200))


def test_a_warning_waits_for_nobody(begun, monkeypatch):
    monkeypatch.setattr(logs, "GATHERING_SECONDS", 60)
    for _time in range(3):  # Before the last one at the latest, others were being waited for.
        begun.told.clear()
        logging.getLogger("town").warning("told")
        assert begun.told.wait(10)


def test_a_line_break_does_not_make_a_second_line(written):
    logging.getLogger("town").warning("one\ntwo\x1b[31m")
    (line,) = written()
    assert line["told"] == "one\ntwo\x1b[31m"


@pytest.mark.parametrize("name", ["password", "csrf_token", "Authorization", "session_key"])
def test_a_fact_with_the_name_of_a_secret_is_hidden(written, name):
    logging.getLogger("town").info("told", extra={"facts": {name: "hunter2", "deep": {name: "x"}}})
    (line,) = written()
    assert (line[name], line["deep"]) == ("[hidden]", {name: "[hidden]"})


def test_secrets_inside_of_texts_and_traces_are_hidden(written):
    try:
        int("postgresql://town:hunter2@db/town?password=hunter2&token=hunter2")
    except ValueError:
        logging.getLogger("town").exception("Authorization: Bearer hunter2")
    (line,) = written()
    assert "hunter2" not in json.dumps(line)
    assert "ValueError" in line["trace"]
