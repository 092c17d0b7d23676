"""The web process loads nothing that only a job, an import or a report needs."""

import json
import subprocess
import sys

import pytest

HEAVY = [
    "alembic",
    "pymarc",
    "stdnum",
    "fpdf",
    "PIL",
    "fontTools",
    "graphql",
    "barcode",
    "segno",
    "cryptography",
    "rbcl",
    "pyotp",
    "pandas",
    "numpy",
    "matplotlib",
    "sympy",
    "celery",
    "redis",
    "psycopg",
    "opentelemetry",
    "fastapi",
    "django",
    "tornado",
    "strawberry",
    "openpyxl",
    "typst",
]
VISIT = """
import json, sys
from townsquare.app import create_app
from townsquare.core.settings import Settings
{planted}
client = create_app(Settings(demo=True, data={data!r}, database={database!r})).test_client()
said = [client.get(path).status_code for path in {paths!r}]
print(json.dumps({{"said": said, "loaded": sorted(sys.modules)}}))
"""
PATHS = [
    "/",
    "/library",
    "/library?words=river",
    "/library/desk",
    "/account/sign-in",
    "/readyz",
    "/nothing",
]


def visit(settings, planted=""):
    """Return the worst answer to some visits, and which heavy modules the process has loaded."""
    program = VISIT.format(
        planted=planted, data=settings.data, database=settings.database, paths=PATHS
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    told = json.loads(run.stdout.splitlines()[-1])
    return max(told["said"]), set(HEAVY) & set(told["loaded"])


@pytest.mark.engines("sqlite")  # PostgreSQL brings its driver with it.
def test_the_web_process_stays_light(settings):
    worst, heavy = visit(settings)
    assert worst < 500
    assert heavy == set()


@pytest.mark.engines("sqlite")
def test_a_heavy_import_would_be_noticed(settings):
    _worst, heavy = visit(settings, planted="import pymarc")
    assert heavy == {"pymarc"}
