"""Letters: what a voter gets, as pages to print or as a table for a mail merge."""

import csv
import html
import io
from collections.abc import Iterable
from pathlib import Path

from townsquare_authority.authority import Issued
from tsv1.credentials import show_token
from tsv1_files import storing
from tsv1_files.refusals import Refused

_PAGE = """<section>
<h1>{title}</h1>
<p>Voter number {number}</p>
<p>Your voting code:</p>
<p class="code">{token}</p>
<p>Sign in, open the page of the election, and type this code when you are asked for it. Capital
and small letters are the same, and spaces do not matter.</p>
<p>Whoever has this code can vote in your place. Show it to nobody; those who gave it to you never
ask for it. If it is lost, tell the credential authority: it makes a new one, and the old one
counts no more.</p>
</section>
"""
_FRAME = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 14pt/1.5 serif; margin: 2cm }}
section {{ break-after: page }}
.code {{ font: bold 20pt monospace; letter-spacing: .05em }}
</style>
{pages}</html>
"""


def write_letters(path: Path, title: str, issued: Iterable[Issued]) -> None:
    """Write the letters of voters in the form that the name of the file asks for."""
    forms = {".html": _printed, ".csv": _table}
    if path.suffix not in forms:
        raise Refused(f"{path} is no .html to print and no .csv for a mail merge.")
    text = forms[path.suffix](title, [one for one in issued if one.token])
    storing.write(path, text.encode())


def _printed(title: str, issued: list[Issued]) -> str:
    shown = html.escape(title)
    pages = [
        _PAGE.format(title=shown, number=html.escape(one.entry.number), token=show_token(one.token))
        for one in issued
    ]
    return _FRAME.format(title=shown, pages="".join(pages))


def _table(title: str, issued: list[Issued]) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(("election", "number", "code"))
    writer.writerows((title, one.entry.number, show_token(one.token)) for one in issued)
    return file.getvalue()
