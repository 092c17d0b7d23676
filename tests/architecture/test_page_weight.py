"""What a browser has to load: our own part stays small, and all of it is ours to serve."""

import gzip
import re
from pathlib import Path

STATIC = Path(__file__).parents[2] / "src" / "townsquare" / "core" / "web" / "static"
VENDOR = STATIC / "vendor"
FIRST_VIEW = [
    STATIC / "theme.css",
    STATIC / "theme.js",
    STATIC / "enhance.js",
    STATIC / "keys.js",
    *VENDOR.glob("bootstrap-*/bootstrap.min.css"),
    *VENDOR.glob("htmx-*/htmx.min.js"),
    *VENDOR.glob("inter-*/inter-latin-wght-normal.woff2"),
]
CSS, SCRIPT, FIRST = 12 * 1024, 10 * 1024, 150 * 1000
# Decision 0027: only the booth of an encrypted election and the check of a ballot load it.
BOOTH, BOOTH_PACKED = 120 * 1024, 34 * 1000
OF_ONE_PAGE = 3 * 1024  # Results that follow a stream, returns by a socket.
HTML_OF_A_PAGE = 5 * 1000  # A generous guess for what is not a file.


def size(paths):
    return sum(path.stat().st_size for path in paths)


def packed(path):
    return len(gzip.compress(path.read_bytes(), 9))


def test_our_own_style_and_scripts_stay_small():
    assert size(STATIC.glob("*.css")) <= CSS
    assert size(STATIC.glob("*.js")) <= SCRIPT


def test_the_script_of_the_booth_keeps_to_a_budget_of_its_own():
    (booth,) = STATIC.glob("booth/*.js")
    assert booth.stat().st_size <= BOOTH
    assert packed(booth) <= BOOTH_PACKED


def test_a_script_of_one_page_keeps_to_a_budget_of_its_own():
    for script in STATIC.glob("elections/*.js"):
        assert script.stat().st_size <= OF_ONE_PAGE


def test_the_first_view_fits_into_the_budget():
    assert len(FIRST_VIEW) == 7
    assert sum(map(packed, FIRST_VIEW)) + HTML_OF_A_PAGE <= FIRST


def test_no_file_of_ours_names_another_host():
    ours = [*STATIC.glob("*.css"), *STATIC.glob("*.js"), *STATIC.glob("elections/*.js")]
    booth = STATIC / "booth" / "booth.js"  # Its comments name what its formulas come from.
    called = r"(?:fetch|import|from)\W{0,3}https?:|src\s*=\s*.https?:"
    assert not re.search(called, booth.read_text())
    assert [p.name for p in ours if "http://" in p.read_text() or "https://" in p.read_text()] == []
