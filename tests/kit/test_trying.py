"""Tests that are broken off stop what they have started, and are not taken for tried."""

import signal
import subprocess
import sys

import pytest

from tests.kit.trying import BREAKS, tried
from tests.kit.waiting import until

AT_WORK = """
import pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
try:
    folder.joinpath("at work").touch()
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(0.5)  # Longer than subprocess.run() waits for a program before it kills it.
    folder.joinpath("tidied up").touch()
    sys.exit(1)  # As after a test that did not pass: pytest stumbles when a fixture is broken off.
"""
TRY = "import sys; from tests.kit.trying import tried; print(tried(sys.argv[1:]))"


@pytest.mark.parametrize("number", BREAKS)
def test_who_breaks_them_off_lets_them_tidy_up(tmp_path, number):
    work = (sys.executable, "-c", AT_WORK, str(tmp_path))
    trying = subprocess.Popen((sys.executable, "-c", TRY, *work), stdout=subprocess.PIPE)
    until(tmp_path.joinpath("at work").exists)
    trying.send_signal(number)
    assert trying.communicate() == (b"False\n", None)
    assert tmp_path.joinpath("tidied up").exists()


@pytest.mark.parametrize(
    ("end", "over"),
    [
        ("sys.exit(0)", True),
        ("sys.exit(1)", True),
        ("sys.exit(2)", False),
        ("sys.exit(3)", False),
        (f"os.kill(os.getpid(), {signal.SIGKILL:d})", False),
    ],
)
def test_tests_that_did_not_come_to_their_end_are_not_over(end, over):
    assert tried((sys.executable, "-c", f"import os, sys; {end}")) is over
