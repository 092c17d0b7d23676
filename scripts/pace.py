"""Say how fast this machine is today, and whether a whole run was too long for it.

  python3 scripts/pace.py                  print the seconds that ten million additions take
  python3 scripts/pace.py SECONDS PACE     refuse a run of so many seconds on a machine of this pace

One machine took 0.28 s, and 0.60 s forty minutes later. An hour is what a run may take at the usual
pace; what it may take at another one grows with it, to less than what ends it from outside.
"""

import sys
from time import process_time

USUAL = 0.15  # Seconds of CPU that ten million additions take where nobody else wants the machine.
MAY_TAKE, ENDED_AT = 60 * 60, 85 * 60  # Seconds.
TRIES = 5


def pace() -> float:
    """Return the seconds of CPU that ten million additions take here, at best."""
    return min(_adding() for _try in range(TRIES))


def allowed(here: float) -> float:
    """Return how many seconds a whole run may take at this pace."""
    return min(MAY_TAKE * max(here / USUAL, 1), ENDED_AT)


def _adding() -> float:
    began, total = process_time(), 0
    for number in range(10_000_000):
        total += number
    return process_time() - began


def main(arguments: list[str]) -> int:
    """Print the pace, or judge a run; return the status of the process."""
    if not arguments:
        print(f"{pace():.3f}")
        return 0
    took, here = map(float, arguments)
    usual = took / max(here / USUAL, 1)
    print(f"The whole run took {took / 60:.1f} minutes, {usual / 60:.1f} at the usual pace.")
    if took > allowed(here):
        print(f"It may take {allowed(here) / 60:.0f} here.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
