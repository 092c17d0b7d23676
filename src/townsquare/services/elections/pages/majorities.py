"""A majority in words: what a question asks for, and whether somebody has reached it."""

from babel.numbers import format_decimal
from flask_babel import get_locale
from flask_babel import gettext as _

from townsquare.services.elections.pages import bp
from townsquare.services.elections.results.majorities import Majority, MajorityCount


@bp.app_template_filter("passes_with")
def passes_with(asked: Majority) -> str:
    """Return the sentence that says what an option needs."""
    return str(_("An option passes with %(majority)s.", majority=asked.said(_)))


@bp.app_template_filter("majority_words")
def majority_words(told: MajorityCount) -> str:
    """Return the sentence that says whether an option has reached what it needs."""
    numbers = {"votes": told.votes, "whole": told.whole, "needed": told.needed}
    shown = {name: format_decimal(one, locale=get_locale()) for name, one in numbers.items()}
    shown["majority"] = told.asked.said(_)
    if told.reached:
        return str(_("Reached: %(majority)s. %(votes)s of %(whole)s, %(needed)s needed.", **shown))
    return str(
        _("No option reached %(majority)s: %(votes)s of %(whole)s, %(needed)s needed.", **shown)
    )
