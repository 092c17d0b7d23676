"""The program: townsquare-verify ARCHIVE."""

import argparse
import sys
from pathlib import Path
from typing import Any

from townsquare_verify.report import NOT_EXAMINED
from townsquare_verify.verify import verify
from tsv1.canonical import write


def main() -> int:
    """Examine an archive and print the report; 0 where every check is good, 1 where one is not."""
    parser = argparse.ArgumentParser(
        prog="townsquare-verify", description="Check the archive of an election without its server."
    )
    parser.add_argument("archive", type=Path, help="the archive: one line of JSON for each entry")
    parser.add_argument("--log-key", default="", metavar="HEX", help="whose checkpoints to believe")
    parser.add_argument("--json", action="store_true", help="print the report as canonical JSON")
    asked = parser.parse_args()
    try:
        raw = asked.archive.read_bytes()
    except OSError as error:
        sys.stderr.write(f"{asked.archive}: {error.strerror}\n")
        return 2
    report = verify(raw, asked.log_key)
    sys.stdout.write(f"{write(report).decode()}\n" if asked.json else _told(report))
    return 0 if all(check["ok"] for check in report["checks"]) else 1


def _told(report: dict[str, Any]) -> str:
    """Return a report as a person reads it."""
    lines = [
        f"{check['code']}  {'good' if check['ok'] else 'BAD '}  {check['count']:>9}"
        f"  {check['first_failure']}".rstrip()
        for check in report["checks"]
    ]
    head = report["head"]
    facts = [
        f"election     {report['election']}",
        f"set-up       {report['setup']}",
        f"head         {head['seq']} {head['hash']}",
        f"report hash  {report['report_hash']}",
    ]
    return "\n".join([*lines, *facts, _verdict(report["checks"]), ""])


def _verdict(checks: list[dict[str, Any]]) -> str:
    """Return in a sentence how many checks failed, and how many were not even made."""
    failed = [check["first_failure"] for check in checks if not check["ok"]]
    bad, left = len(failed) - failed.count(NOT_EXAMINED), failed.count(NOT_EXAMINED)
    if not failed:
        return "Every check is good."
    told = f"{bad} check is not good" if bad == 1 else f"{bad} checks are not good"
    return f"{told}, {left} not examined." if left else f"{told}."
