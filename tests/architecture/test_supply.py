"""What the town is made of: each check finds what it is there to find."""

import json
import secrets
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytest.importorskip("detect_secrets", reason="./townsquare check installs it and runs this.")

AGREED = {
    "licences": ["MIT", "BSD-3-Clause"],
    "said_loosely": {"BSD License": "BSD-3-Clause"},
    "not_said": {"silent": "MIT"},
}


@pytest.fixture(scope="module")
def supply():
    spec = spec_from_file_location("supply", ROOT / "scripts" / "supply.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def part(name, *licences):
    told = [{"license": {"name": one}} for one in licences]
    return {"name": name, "version": "1", "licenses": told}


def named(supply, *parts):
    bill = {"components": [{**one, "licenses": supply.spdx(one, AGREED)} for one in parts]}
    return supply.wrong_licences(bill, AGREED)


def test_a_licence_that_nobody_agreed_to_is_named(supply):
    assert named(supply, part("kind", "MIT"), part("loose", "BSD License"), part("silent")) == []
    assert len(named(supply, part("greedy", "AGPL-3.0-only"), part("mute"))) == 2


def test_a_package_under_two_licences_is_under_both(supply):
    assert named(supply, part("twofold", "MIT", "GPL-3.0-only"))


def test_a_release_that_an_advisory_speaks_of_is_named(supply):
    assert supply.advised_against({"jinja2": "3.1.5", "werkzeug": "3.1.9"}) == [
        "jinja2 3.1.5: CVE-2025-27516 concerns <3.1.6"
    ]


def test_every_pin_is_looked_at(supply):
    assert {"flask", "redis", "pillow", "protobuf"} <= supply.pins().keys()
    assert supply.pins().items() <= supply.pins(("all",)).items()


def test_the_bill_is_the_same_whichever_python_writes_it(supply, monkeypatch):
    installed = supply.installed()
    agreed = supply.tomllib.loads(supply.AGREED.read_text())
    known = [part for part in installed if part["name"] not in agreed["elsewhere"]]
    bills = []
    for parts in (installed, known):
        monkeypatch.setattr(supply, "installed", lambda parts=parts: parts)
        bills.append(supply.bill_of_materials(agreed))
    assert bills[0] == bills[1]
    nobody = {**agreed, "elsewhere": {}}
    assert supply.wrong_licences(supply.bill_of_materials(nobody), nobody)


@pytest.mark.parametrize(
    "line",
    [
        "aws_access_key_id = AKIA" + "Q" * 16,
        "-----BEGIN RSA PRIVATE" + " KEY-----",
        "password = '" + secrets.token_hex(12) + "'",
        "say ts_pat_" + secrets.token_urlsafe(40),
    ],
    ids=["cloud", "private key", "password", "our own token"],
)
def test_a_secret_is_found_wherever_it_stands(supply, tmp_path, line):
    file = tmp_path / "settings.py"
    file.write_text(f"{line}\n")
    assert supply.secrets([file])


def test_the_bill_names_what_is_shipped_and_no_tool_of_its_makers(supply):
    parts = {one["name"] for one in json.loads(supply.BILL.read_text())["components"]}
    assert {"Flask", "bootstrap", "DejaVu Sans", "redis"} <= parts
    assert not parts & {"pytest", "mypy", "schemathesis"}
