"""What elections do by the clock of the town. A poll opens and closes by its times alone."""

from sqlalchemy.exc import SQLAlchemyError

from townsquare.core.db import too_busy
from townsquare.core.errors import Busy
from townsquare.core.jobs.running import Errand
from townsquare.core.manifest import Job
from townsquare.core.town import Town
from townsquare.core.wiping import wipe
from townsquare.services.elections.commands.fields import Nothing
from townsquare.services.elections.commands.notices import TellVoters
from townsquare.services.elections.models.box import KeyRow, SlotRow
from townsquare.services.elections.queries.turnout import tell_turnout
from townsquare.services.elections.usecases.closing_count import begin_due
from townsquare.services.elections.usecases.counting import RUN, WIPE, close_due
from townsquare.services.elections.usecases.notices import SEND, TELL, tell_due, tell_voters
from townsquare.services.elections.usecases.stepping import sign_due, step_due


def wipe_box(town: Town, _wish: Nothing, _job: str) -> None:
    """Wipe slots and keys of closed polls out of the database's files; Busy while one reads them.

    What tied a vote to a voter is deleted with the closing, and would else stay in those files.
    """
    try:
        done = wipe(town.database, SlotRow, KeyRow)
    except SQLAlchemyError as error:
        if too_busy(error):
            raise Busy from error
        raise
    if not done:
        raise Busy


RUNNING, TELLING = frozenset({RUN}), frozenset({SEND})
JOBS = (
    Job("elections.close-due", close_due, Nothing, RUNNING, "* * * * *"),
    Job("elections.board-due", step_due, Nothing, RUNNING, "* * * * *"),
    Job("elections.checkpoint", sign_due, Nothing, RUNNING, "*/5 * * * *"),
    # By the clock whether or not anybody has voted: the time of a message tells nothing.
    Job("elections.tell-turnout", tell_turnout, Nothing, frozenset({RUN}), "*/10 * * * *"),
    Job("elections.begin-counts", begin_due, Nothing, RUNNING, "* * * * *"),
    Job("elections.tell-due", tell_due, Nothing, TELLING, "*/10 * * * *"),
    Job(TELL, tell_voters, TellVoters, TELLING),
)
ERRANDS = (Errand(WIPE, wipe_box, Nothing),)
