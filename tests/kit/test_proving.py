"""The table of what was proved tells what was tried, and does not call proved what was not."""

import signal
from types import SimpleNamespace

import pytest

from tests.kit import measuring
from tests.kit.kept import Kept, lines_of, run_of
from tests.kit.proving import MEASURES, Measure, cases_kept, cases_of, main, row_of, table_of

OVEN = Measure("T0", "bread is baked", "0 burnt", ("tests/test_oven.py",), ("loaves", "worst ms"))
REPORT = """<testsuites><testsuite>
<testcase classname="tests.test_oven" name="test_rye">{}<properties>
<property name="loaves" value="1200"/><property name="worst ms" value="30"/></properties>
</testcase>
<testcase classname="tests.test_oven" name="test_wheat"><properties>
<property name="loaves" value="34"/><property name="worst ms" value="12"/></properties></testcase>
<testcase classname="tests.test_street" name="test_cold"><failure/></testcase>
</testsuite></testsuites>"""


@pytest.fixture
def report(tmp_path):
    """Write the report of a run in which this happened to the rye."""

    def write(happened=""):
        path = tmp_path / "report.xml"
        path.write_text(REPORT.format(happened))
        return path

    return write


def test_figures_are_added_up_and_the_worst_is_kept(report):
    told = "2 tests, 1,234 loaves, 30 worst ms"
    assert row_of(OVEN, cases_of(report())) == ("T0", OVEN.what, told, OVEN.bound, "yes")


@pytest.mark.parametrize("happened", ["<failure/>", "<error/>", "<skipped/>"])
def test_what_has_failed_or_was_left_out_does_not_hold(report, happened):
    assert row_of(OVEN, cases_of(report(happened)))[-1] == "NO"


def test_what_was_not_tried_or_told_nothing_does_not_hold(report):
    cases = cases_of(report())
    assert row_of(OVEN, cases[2:])[-1] == "NO"
    silent = Measure(*("T0", "", ""), OVEN.places, ("rolls",))
    assert row_of(silent, cases)[2:] == ("2 tests, nothing told", "", "NO")


@pytest.mark.parametrize(("least", "holds"), [(1234, "yes"), (1235, "NO")])
def test_what_was_tried_too_seldom_does_not_hold(report, least, holds):
    bold = Measure(OVEN.id, OVEN.what, OVEN.bound, OVEN.places, ("loaves",), least)
    assert row_of(bold, cases_of(report()))[-1] == holds


def test_columns_stand_below_their_heads():
    head, line = table_of([("T0", "bread is baked", "9 loaves", "0 burnt", "yes")]).splitlines()
    assert head.index("figure") == line.index("9 loaves")


def test_a_report_in_which_nothing_was_tried_ends_the_run_with_an_error(report, capsys):
    assert main(["--read", str(report())]) == 1
    assert capsys.readouterr().out.count(" NO\n") == len(MEASURES)


def test_an_unknown_measure_is_refused():
    with pytest.raises(SystemExit):
        main(["T99"])


def over(kept, name, *, failed_in=None):
    """Let a test come to its end, and fail in one of its phases."""
    for when in ("setup", "call", "teardown"):
        passed, figures = when != failed_in, [("loaves", 3)]
        told = {"nodeid": name, "when": when, "passed": passed, "user_properties": figures}
        kept.pytest_runtest_logreport(SimpleNamespace(**told))


def left(kept, *names):
    """Return what of these tests is still tried."""
    items = [SimpleNamespace(nodeid=name) for name in names]
    kept.pytest_collection_modifyitems(items)
    return [item.nodeid for item in items]


@pytest.mark.parametrize("phase", ["setup", "call", "teardown"])
def test_what_has_passed_is_left_out_and_what_has_failed_is_not(tmp_path, phase):
    path = tmp_path / "kept"
    kept = Kept(path, "a run")
    over(kept, "rye")
    over(kept, "wheat", failed_in=phase)
    assert left(Kept(path, "a run"), "rye", "wheat", "oats") == ["wheat", "oats"]
    assert lines_of(path, "a run")["rye"]["figures"] == [["loaves", 3]]
    over(Kept(path, "a run"), "wheat")
    assert left(Kept(path, "a run"), "rye", "wheat", "oats") == ["oats"]


def test_what_was_broken_off_does_not_hold(tmp_path):
    path, rye, wheat = tmp_path / "kept", f"{OVEN.places[0]}::rye", f"{OVEN.places[0]}::wheat"
    loaves = Measure(*("T0", "", ""), OVEN.places, ("loaves",))
    for baked, figure, holds in [
        ([], "2 tests, nothing told", "NO"),
        ([rye], "2 tests, 3 loaves", "NO"),
        ([wheat], "2 tests, 6 loaves", "yes"),
    ]:
        kept = Kept(path, "a run")
        left(kept, rye, wheat)
        for name in baked:
            over(kept, name)
        row = row_of(loaves, cases_kept(lines_of(path, "a run")))
        assert (row[2], row[-1]) == (figure, holds)


def test_ctrl_c_ends_the_run_where_a_test_swallows_it(tmp_path):
    session, before = SimpleNamespace(shouldstop=False), signal.getsignal(signal.SIGINT)
    try:
        Kept(tmp_path / "kept", "a run").pytest_sessionstart(session)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert session.shouldstop


def test_a_line_that_was_torn_tells_nothing_and_spoils_no_other(tmp_path):
    path = tmp_path / "kept"
    over(Kept(path, "a run"), "rye")
    over(Kept(path, "a run"), "wheat")
    path.write_text(path.read_text()[:-20])
    over(Kept(path, "a run"), "oats")
    assert left(Kept(path, "a run"), "rye", "wheat", "oats") == ["wheat"]


def test_what_has_passed_in_another_run_does_not_count(tmp_path):
    path = tmp_path / "kept"
    over(Kept(path, run_of(20, 10_000)), "rye")
    assert left(Kept(path, run_of(20, 10_000)), "rye") == []
    assert left(Kept(path, run_of(500, 10_000)), "rye") == ["rye"]


@pytest.fixture
def cut():
    """Cut so many cycles into the slices of what a test asks for."""

    def run(name, cycles):
        slices = []
        metafunc = SimpleNamespace(
            fixturenames=["town", name],
            config=SimpleNamespace(getoption={"--cycles": cycles}.get),
            parametrize=lambda name, cut, **_how: slices.append((name, cut)),
        )
        measuring.pytest_generate_tests(metafunc)
        return slices

    return run


@pytest.mark.parametrize(
    ("name", "cycles", "slices"),
    [
        ("kills", None, [0]),  # As often as the database is told without --cycles.
        ("kills", 120, [50, 50, 20]),
        ("kills", 500, [50] * 10),
        ("stops", None, [0]),
        ("stops", 24, [10, 10, 4]),
        ("stops", 500, [10] * 10),
    ],
)
def test_many_are_cut_into_slices_and_none_is_left_out(cut, name, cycles, slices):
    assert cut(name, cycles) == [(name, [*enumerate(slices)])]


def test_who_asks_for_neither_kills_nor_stops_is_not_cut(cut):
    assert cut("measured", 500) == []
