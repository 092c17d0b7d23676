"""How long a whole run may take: an hour at the usual pace, more on a slower day, not too long."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "pace.py"


@pytest.fixture(scope="module")
def pace():
    spec = spec_from_file_location("pace", SCRIPT)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("took", "here", "status"),
    [
        (3600, 0.15, 0),
        (3601, 0.15, 1),
        (3601, 0.1, 1),  # A fast machine gets no less than the hour, and no more.
        (4799, 0.2, 0),
        (4801, 0.2, 1),
        (5100, 0.6, 0),
        (5101, 0.6, 1),  # What ends it from outside comes soon after.
    ],
)
def test_a_run_is_judged_by_the_pace_of_its_machine(pace, capsys, took, here, status):
    assert pace.main([str(took), str(here)]) == status
    said = capsys.readouterr()
    assert f"{took / 60:.1f} minutes" in said.out
    assert bool(said.err) == bool(status)


def test_the_pace_of_this_machine_is_measured(pace, monkeypatch, capsys):
    monkeypatch.setattr(pace, "TRIES", 1)
    assert pace.main([]) == 0
    assert 0 < float(capsys.readouterr().out) < 60
