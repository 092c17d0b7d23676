"""What the base install comes to: its packages and their size on disk."""

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

PINS = Path(__file__).parent.parent / "requirements" / "base.txt"
PINNED = re.compile(r"^([a-z0-9][\w.-]*)==", re.MULTILINE)


def installed() -> dict[str, float]:
    """Return the packages of the base install that are here, each with its size in MB."""
    sizes = {}
    for name in PINNED.findall(PINS.read_text()):
        try:
            files = distribution(name).files or []
        except PackageNotFoundError:  # Pinned for another system.
            continue
        places = [Path(str(file.locate())) for file in files]
        sizes[name] = sum(place.stat().st_size for place in places if place.is_file()) / 1e6
    return sizes
