"""Days and moments on pages: one form each, in the zone of the town, readable for programs too."""

from datetime import UTC, date, datetime

import pytest

LATE = datetime(2026, 3, 2, 18, 3, tzinfo=UTC)  # Already the next day in Manila.


@pytest.fixture
def write(app):
    """Return what a template writes of a day or a moment."""

    def written(pattern, when):
        with app.test_request_context():
            return app.jinja_env.from_string(pattern).render(when=when).replace("\u202f", " ")

    return written


@pytest.mark.parametrize(
    ("pattern", "when", "written"),
    [
        ("{{ when|day }}", date(2026, 3, 2), "Mon, Mar 2, 2026"),
        ("{{ when|day }}", LATE, "Tue, Mar 3, 2026"),
        ("{{ when|moment }}", LATE, "Tue, Mar 3, 2026, 2:03 AM"),
    ],
)
def test_a_day_is_the_day_of_the_town(write, pattern, when, written):
    assert write(pattern, when) == f'<time datetime="{when.isoformat()}">{written}</time>'
