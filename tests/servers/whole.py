"""A whole town of this machine: every part by the command of its unit, behind nginx."""

import os
import signal
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.kit.demo import TOWNSQUARE
from tests.kit.recipes import Running, end, here, until_listening
from tests.kit.servers import HOST, free_port
from tests.kit.visitors import PATIENCE
from tests.servers.deployment import PORTS, UNITS, command_of, nginx_here, options, settings_said


@dataclass
class Whole:
    """The running town: its door, its parts by name, and what they were told."""

    folder: Path
    ports: dict[str, int]
    door: int
    settings: dict[str, str]
    parts: dict[str, Running] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start a part by its unit, and wait until it answers itself."""
        command = here(command_of(UNITS[name]), {PORTS[name]: self.ports[name]})
        self.parts[name] = self._run(name, command, self.ports[name])

    def start_nginx(self):
        command = nginx_here(self.folder / "nginx", self.door, self.ports)
        self.parts["nginx"] = self._run("nginx", command, self.door)

    def stop(self, name):
        """Tell a part to stop, and return how it ended."""
        process = self.parts[name].process
        process.send_signal(signal.SIGTERM)
        return process.wait(PATIENCE)

    def _run(self, name, command, port):
        log = self.folder / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                env={**os.environ, **self.settings},
                stdout=output,
                stderr=output,
                start_new_session=True,
                cwd=self.folder,
            )
        running = Running(process, port, log)
        until_listening(running)
        return running


def secrets_of(unit, folder):
    """Return what a unit says of its secrets, laid into files as systemd does."""
    (folder / "secret_key").write_text("of-the-recipe-and-long-enough\n")
    (folder / "audit_key").write_text("5e" * 32 + "\n")
    said = (text.split("=", 1) for name, text in options(unit) if name == "Environment")
    return {name: text.replace("%d", str(folder)) for name, text in said}


@contextmanager
def whole_town(folder, database, redis):
    folder.mkdir()
    if os.geteuid() == 0:
        folder.chmod(0o755)
    door = free_port()
    settings = {
        **settings_said(),
        **secrets_of(UNITS["web"], folder),
        "TOWNSQUARE_PUBLIC_URL": f"http://{HOST}:{door}",
        "TOWNSQUARE_DATABASE": database,
        "TOWNSQUARE_REDIS_URL": redis,
        "TOWNSQUARE_LIMITS": "all=1000000/min,1000000/min",  # One machine plays many people.
        "TOWNSQUARE_DATA": str(folder / "data"),
        "TOWNSQUARE_DEMO": "yes",
    }
    for verb in ("migrate", "demo"):
        told = {**os.environ, **settings}
        subprocess.run([TOWNSQUARE, verb], env=told, check=True, capture_output=True)
    made = Whole(folder, {name: free_port() for name in UNITS}, door, settings)
    with ExitStack() as stack:
        stack.callback(lambda: [end(made.parts[name].process) for name in [*made.parts]])
        for name in UNITS:
            made.start(name)
        made.start_nginx()
        yield made
