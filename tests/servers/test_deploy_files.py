"""What deploy/ says is consistent and closed; its files are read here, and no container is run."""

import re
import shutil
import subprocess

import pytest

from tests.kit.recipes import commands
from tests.kit.servers import NotInstalled
from tests.servers.deployment import (
    DEPLOY,
    INSIDE,
    PORTS,
    SIGNS,
    TEMPORARY,
    UNITS,
    WEB,
    command_of,
    composed,
    nginx_here,
    options,
    said_of,
    settings_said,
)
from townsquare.core.settings import settings_from

HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "CapabilityBoundingSet": "",
    "RestrictSUIDSGID": "yes",
    "User": "townsquare",
    "UMask": "0077",
}
EVERYWHERE = "0.0.0.0"  # noqa: S104 (inside a container)
OURS = (*INSIDE.values(), "migrate")


def stages():
    """Return the instructions of each stage of the Dockerfile, by the stage's name."""
    found = {}
    for line in (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ").splitlines():
        word, _, rest = line.partition(" ")
        if word == "FROM":
            name = rest.rpartition(" AS ")[2]
            found[name] = []
        if word.isupper():
            found[name].append((word, rest))
    return found


@pytest.mark.parametrize("part", PORTS)
def test_a_part_has_one_command_wherever_it_runs(part):
    command = command_of(part)
    service = composed()["services"][INSIDE[part]]
    at = service["environment"]["HEALTH_PORT"]  # A container has its ports to itself.
    inside = tuple(service["command"].replace(EVERYWHERE, "127.0.0.1").split())
    assert inside == tuple(word.replace(str(PORTS[part]), at) for word in command)
    assert str(PORTS[part]) in command


def test_the_pages_are_served_as_the_servers_page_recommends():
    recommended = " ".join(commands()["granian, WSGI (recommended)"])
    # There one process has two workers; here two processes have one each.
    assert " ".join(command_of(WEB[0])) == recommended.replace("--workers 2", "--workers 1")


def test_signs_and_target_name_the_web_processes():
    wanted = (DEPLOY / "systemd" / "townsquare.target").read_text()
    asked = (DEPLOY / "nginx.conf").read_text()
    for part in WEB:
        assert f"townsquare-{part}.service" in wanted
        sign = f"{SIGNS}/{PORTS[part]}.away"
        assert f"if (-f {sign})" in asked
        for wish in ("ExecStartPre", "ExecStop"):
            assert f"touch {sign}" in said_of(part, wish)[0]
        assert f"rm -f {sign}" in said_of(part, "ExecStartPost")[0]
    inside = (DEPLOY / "Dockerfile").read_text()
    for part in WEB:
        assert f"s|{SIGNS}/{PORTS[part]}|{TEMPORARY}{INSIDE[part]}|" in inside


@pytest.mark.parametrize("part", UNITS)
def test_a_unit_is_closed_and_systemd_understands_it(part, tmp_path):
    said = dict(options(UNITS[part]))
    assert HARDENED.items() <= said.items()
    if (checker := shutil.which("systemd-analyze")) is None:
        pytest.skip("systemd-analyze is not installed: apt-get install systemd")
    # Only the program is not on this machine.
    copy = tmp_path / UNITS[part].name
    text = UNITS[part].read_text()
    copy.write_text(text.replace(said["ExecStart"], "/bin/true"))
    run = subprocess.run([checker, "verify", "--man=no", copy], capture_output=True, check=False)
    assert (run.returncode, run.stderr.decode()) == (0, "")
    copy.write_text(copy.read_text().replace("ProtectHome=yes", "ProtectHomes=yes"))
    run = subprocess.run([checker, "verify", "--man=no", copy], capture_output=True, check=False)
    assert b"ProtectHomes" in run.stderr


def test_the_settings_of_the_example_exist():
    assert settings_from(settings_said()).proxies == 1
    given = composed()["services"]["web1"]["environment"]
    ours = {name.removesuffix("_FILE") for name in given if name.startswith("TOWNSQUARE_")}
    units = {
        t.split("=")[0].removesuffix("_FILE")
        for n, t in options(UNITS["web@"])
        if n == "Environment"
    }
    values = {
        "TOWNSQUARE_SECRET_KEY": "s" * 20,
        "TOWNSQUARE_AUDIT_KEY": "a" * 64,
        "TOWNSQUARE_PROXIES": "1",
    }
    values |= {"TOWNSQUARE_DATABASE": "sqlite://", "TOWNSQUARE_PUBLIC_URL": "https://town.example"}
    values |= {"TOWNSQUARE_REDIS_URL": given["TOWNSQUARE_REDIS_URL"]}
    assert ours | units <= values.keys()
    settings_from({name: values[name] for name in ours | units})


def test_containers_are_closed_and_secrets_are_files():
    whole = composed()
    for name, service in whole["services"].items():
        assert service["read_only"], name
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert not service.get("privileged")
        for setting, text in (service.get("environment") or {}).items():
            assert "PASSWORD" not in setting or setting.endswith("_FILE"), text
    assert all(whole["services"][name]["cap_drop"] == ["ALL"] for name in (*OURS, "edge"))
    assert whole["networks"]["inside"] == {"internal": True}
    assert [n for n, s in whole["services"].items() if s.get("ports")] == ["edge"]
    named = {secret for s in whole["services"].values() for secret in s.get("secrets", ())}
    assert named == whole["secrets"].keys()


def test_what_is_waited_for_can_become_healthy():
    services = composed()["services"]
    of_the_image = {"edge", *INSIDE.values()}
    for service in services.values():
        for name, wish in service.get("depends_on", {}).items():
            if wish["condition"] == "service_healthy":
                assert name in of_the_image or services[name]["healthcheck"]["test"]
    assert {*services["edge"]["depends_on"]} == {"web1", "web2", "live"}


# What makes backups of PostgreSQL, and nothing else.
CLIENT = (
    "apt-get update && apt-get install -y --no-install-recommends postgresql-client-15"
    "   && rm -rf /var/lib/apt/lists/*"
)


def test_the_image_is_without_root_compiler_and_installer():
    found = stages()
    assert list(found) == ["build", "town", "edge"]
    for name in ("town", "edge"):
        words = [word for word, _ in found[name]]
        assert {"USER", "HEALTHCHECK"} <= {*words}
        ran = " ".join(rest for word, rest in found[name] if word == "RUN")
        assert not {"pip", "apt-get", "gcc"} & set(ran.replace(CLIENT, "").split())
    built = " ".join(rest for word, rest in found["build"] if word == "RUN")
    for part in built.split("&&"):
        if "pip install" in part and "/wheels/" not in part:
            assert "--require-hashes --only-binary :all:" in part
    assert "uninstall --yes setuptools pip" in built
    assert "apt-get" not in built
    for word, rest in (pair for stage in found.values() for pair in stage):
        for place in rest.split()[:-1] if word == "COPY" and "--from" not in rest else ():
            assert (DEPLOY.parent / place).exists(), place


@pytest.mark.parametrize("upstreams", ["upstreams", "upstreams-compose"])
def test_nginx_understands_its_files(upstreams, tmp_path):
    try:
        command = nginx_here(tmp_path / "nginx", 8080, PORTS, upstreams=upstreams)
    except NotInstalled as missing:
        pytest.skip(str(missing))
    run = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "warn" not in run.stderr


def test_nginx_asks_again_where_a_container_is():
    said = (DEPLOY / "upstreams-compose.conf").read_text()
    assert re.search(r"^resolver 127\.0\.0\.11 valid=\ds ", said, re.MULTILINE)
    assert not re.search(r"^\s*(server|upstream)\b", said, re.MULTILINE)  # Asked at the start only.
    services = composed()["services"]
    for host, port in re.findall(r"(\w+):(\d+);", said):
        ours = ["web1", "web2"] if host == "web" else [host]
        assert all(f"--port {port}" in services[name]["command"] for name in ours)
        if host == "web":
            assert all(services[name]["networks"]["inside"]["aliases"] == [host] for name in ours)
