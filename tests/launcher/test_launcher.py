"""What the launcher decides by itself, with a stand-in for the program it starts."""

import ast
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.servers import free_port

LAUNCHER = Path(__file__).parents[2] / "townsquare"


def notes(checkout):
    return (checkout.folder / ".venv" / "bin" / "notes").read_text()


def read_until(process, words):
    """Return the line of the launcher that holds these words."""
    for line in process.stdout:
        if words in line:
            return line
    pytest.fail(f"The launcher never said {words!r}.")


def test_an_old_python_can_read_it_far_enough_to_refuse():
    ast.parse(LAUNCHER.read_text(), feature_version=(3, 8))


def test_it_needs_nothing_but_the_standard_library():
    tree = ast.parse(LAUNCHER.read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {getattr(node, "module", None) or node.names[0].name for node in imports}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_without_a_newer_python_it_says_which_one_it_needs(launcher, monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    assert launcher.with_another_python(["up"]) == 2
    assert "needs Python 3.11 or newer" in capsys.readouterr().err


def test_help_needs_no_environment(checkout):
    code, said = checkout.run("--help")
    assert code == 0
    assert "./townsquare VERB" in said
    assert not (checkout.folder / ".venv").exists()


def test_up_prepares_and_serves_a_demonstration(installed):
    code, said = installed.run("up", "--check", "--port", str(port := free_port()))
    assert code == 0
    assert f"open at http://127.0.0.1:{port}" in said
    town = f"TOWNSQUARE_DATA={installed.folder}/var TOWNSQUARE_DEMO=yes"
    serve = f"serve --prepare --host 127.0.0.1 --port {port} {town}"
    address = f"TOWNSQUARE_PUBLIC_URL=http://127.0.0.1:{port}"
    steps = [f"{serve} {address}", "stopped in order"]
    assert notes(installed).splitlines() == steps


def test_an_empty_town_is_no_demo_and_lives_where_it_is_told(installed, tmp_path):
    code, said = installed.run("up", "--check", "--no-demo", "--data", str(tmp_path / "elsewhere"))
    assert code == 0
    assert f"Other verbs find this town with TOWNSQUARE_DATA={tmp_path}/elsewhere." in said
    assert f"TOWNSQUARE_DATA={tmp_path}/elsewhere " in notes(installed)
    assert "demo" not in notes(installed).lower().replace(str(tmp_path).lower(), "")


def test_a_taken_port_is_passed_over_aloud(installed):
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        code, said = installed.run("up", "--check", "--port", str(taken))
    assert code == 0
    assert f"Port {taken} is taken; using " in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_server_in_order(installed, number):
    with installed.start("up", "--port", str(free_port())) as process:
        read_until(process, "Ctrl-C stops it")
        process.send_signal(number)
        assert process.wait(60) == 0
    assert notes(installed).endswith("stopped in order\n")


def test_a_server_that_cannot_start_is_told(installed):
    code, said = installed.run("up", "--check", TOWNSQUARE_NAME="broken")
    assert code == 2
    assert "The town could not start" in said


def test_other_words_go_to_the_program_with_its_exit_code(installed):
    code, _ = installed.run("fail", "--hard", TOWNSQUARE_WHEELS="w", TOWNSQUARE_TEST_X="x")
    assert code == 7
    assert notes(installed) == f"fail --hard TOWNSQUARE_DATA={installed.folder}/var\n"


def test_an_unknown_group_is_refused_before_anything_is_made(checkout):
    code, said = checkout.run("up", "--extras", "postgres,astrology")
    assert (code, said) == (2, "requirements/ has no group astrology.\n")
    assert not (checkout.folder / ".venv").exists()


def test_tests_see_no_option_of_an_installed_town(launcher, monkeypatch):
    monkeypatch.setenv("TOWNSQUARE_DATA", "/srv/town")
    monkeypatch.setenv("TOWNSQUARE_TEST_REDIS", "redis:")
    kept = launcher.for_tests()
    assert "TOWNSQUARE_DATA" not in kept
    assert kept["TOWNSQUARE_TEST_REDIS"] == "redis:"


@pytest.mark.parametrize(
    "marker",
    [
        "",
        "{",
        "[]",
        '{"made_for": "Python 3.11 elsewhere", "groups": ["standard"]}',
        '{"made_for": "Python 2.7 in HERE", "groups": ["standard"]}',
        '{"made_for": "MADE", "groups": "standard"}',
    ],
)
def test_what_was_not_finished_here_is_made_anew(installed, launcher, marker):
    text = marker.replace("MADE", launcher.made_for()).replace("HERE", str(installed.folder))
    launcher.MARKER.write_text(text)
    assert launcher.kept_groups(launcher.read_marker()) is None


@pytest.mark.parametrize("file", ["pyproject.toml", "requirements/standard.txt"])
def test_changed_declarations_are_noticed(installed, launcher, file):
    before = json.loads(launcher.MARKER.read_text())
    assert launcher.noted(["standard"]) == before
    with (installed.folder / file).open("a") as changed:
        changed.write("# changed\n")
    assert launcher.noted(["standard"]) != before


def test_an_environment_of_another_program_is_put_aside(checkout, launcher, capsys):
    (launcher.VENV / "precious").mkdir(parents=True)
    launcher.clear_the_place()
    assert "was made by another program" in capsys.readouterr().out
    assert [p.parent.name for p in checkout.folder.glob(".venv-*/precious")] != []
    assert list(launcher.VENV.iterdir()) == [launcher.MARKER]


INSTALLING = """
import sys
from importlib.machinery import SourceFileLoader
launcher = SourceFileLoader("launcher", sys.argv[1]).load_module()
with launcher.alone() as turn:
    launcher.call(turn, "sh", "-c", "echo $$; exec sleep 60")
"""


def test_an_installer_that_outlives_its_starter_lets_the_next_start_wait(checkout):
    place = checkout.folder / "townsquare"
    command = (sys.executable, "-W", "ignore", "-c", INSTALLING, str(place))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        installer = int(starter.stdout.readline())
        starter.kill()
    turn = os.open(checkout.folder, os.O_RDONLY)
    try:
        with pytest.raises(BlockingIOError):
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.kill(installer, signal.SIGKILL)
        fcntl.flock(turn, fcntl.LOCK_EX)  # It is free as soon as nobody installs any more.
    finally:
        os.close(turn)
