"""Write the hashed pins: all groups together first, then each one under the result of that.

Groups that are resolved one by one may choose releases that cannot be installed together.
`./townsquare lock` runs this; `./townsquare lock --upgrade` takes newer releases.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROJECT = "pyproject.toml"
SOURCES: dict[str, tuple[str, ...]] = {
    "uv": ("requirements/uv.in",),
    "build": ("requirements/build.in",),
    "base": (PROJECT,),
    "standard": (PROJECT, "--extra", "reports", "--extra", "pictures"),
    "postgres": (PROJECT, "--extra", "postgres"),
    "redis": (PROJECT, "--extra", "redis"),
    "servers": (PROJECT, "--extra", "servers"),
    "tracing": (PROJECT, "--extra", "tracing"),
    "test": ("requirements/test.in",),
    "check": ("requirements/check.in",),
    "bench": ("requirements/bench.in",),
}
EVERYTHING = (*sorted({source[0] for source in SOURCES.values()}), "--all-extras")

# One file for Linux and macOS and every Python from 3.11 on; nothing that must be compiled.
REACH = ("--universal", "--python-version", "3.11", "--only-binary", ":all:")
FORM = ("--generate-hashes", "--no-emit-index-url", "--no-annotate")


def compile_pins(source: tuple[str, ...], output: Path, *more: str) -> None:
    """Resolve a source into a file of pins; an index address never gets into it."""
    uv = Path(sys.executable).with_name("uv")
    command = (
        str(uv),
        "--quiet",
        "pip",
        "compile",
        *source,
        *more,
        *REACH,
        *FORM,
        "-o",
        str(output),
    )
    environment = {**os.environ, "UV_CUSTOM_COMPILE_COMMAND": "./townsquare lock"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def main(arguments: list[str], folder: Path = ROOT / "requirements") -> None:
    """Write every file of pins into a folder."""
    together = folder / "all.txt"
    compile_pins(EVERYTHING, together, *arguments)
    for group, source in SOURCES.items():
        compile_pins(source, folder / f"{group}.txt", "--constraint", str(together))


if __name__ == "__main__":
    main(sys.argv[1:])
