"""A paper election of San Roque with its precincts, its officers and their returns."""

from tests.services.elections.polling import (
    CHAIR,
    EVERYBODY,
    INES,
    PRIYA,
    Poll,
    drafted,
)
from townsquare.core.usecase import Actor
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.returns import (
    CloseCount,
    EnterReturn,
    ImportPrecincts,
    ReturnVersion,
    SendBack,
)
from townsquare.services.elections.queries.totals import read_totals
from townsquare.services.elections.usecases.approving import approve_return, send_back_return
from townsquare.services.elections.usecases.closing_count import close_count
from townsquare.services.elections.usecases.precincts import import_precincts
from townsquare.services.elections.usecases.returning import enter_return, submit_return

DAN = Actor(21, "Dan Reyes", EVERYBODY | {"elections.return.enter"}, "P-DAN")
EMIL = Actor(22, "Emil Santos", EVERYBODY | {"elections.return.approve"}, "P-EMIL")
GUEST = Actor(0, "guest", frozenset({"public"}))
BOTH = {"elections.return.enter", "elections.return.approve"}
PLACES = """code,name,registered,parent,polling_place,address,lat,lon,hours
north,North ward,,,,,,,
0101,North hall,"8,599",north,Town hall,1 Square,53.5,-2.3,7 to 22
0102,North school,120,north,School,2 Lane,53.6,-2.2,7 to 22
0201,South chapel,60,,Chapel,3 Way,,,
"""
CLEAN = {"ballots": 4472, "spoiled": 52, "lines": {"1": 2000, "2": 2400, "3": 20}}


class Paper(Poll):
    """One paper election and how things are done to it."""

    def enter(self, who=DAN, version=0, precinct="0101", contest="chair", **told):
        about = {"precinct": precinct, "contest": contest, "version": version}
        return self.do(who, enter_return, EnterReturn, **about, **{**CLEAN, **told})

    def submit(self, who=DAN, version=1, precinct="0101", contest="chair"):
        told = {"precinct": precinct, "contest": contest, "version": version}
        return self.do(who, submit_return, ReturnVersion, **told)

    def approve(self, who=EMIL, version=1, precinct="0101", contest="chair"):
        told = {"precinct": precinct, "contest": contest, "version": version}
        return self.do(who, approve_return, ReturnVersion, **told)

    def send_back(self, who=EMIL, version=1, precinct="0101", contest="chair", reason="Look again"):
        told = {"precinct": precinct, "contest": contest, "version": version}
        return self.do(who, send_back_return, SendBack, reason=reason, **told)

    def whole(self, precinct="0101", contest="chair", version=0, **told):
        """Enter, submit and approve one version."""
        about = {"precinct": precinct, "contest": contest}
        self.enter(version=version, **about, **told)
        self.submit(version=version + 1, **about)
        return self.approve(version=version + 1, **about)

    def over(self):
        self.clock.set(2026, 3, 2, 12, 0)

    def finish(self, who=INES, **told):
        return self.do(who, close_count, CloseCount, version=self.version, **told)

    def totals(self, who=GUEST):
        return self.look(who, read_totals)

    def appoint(self, who, role, *precincts):
        for code in precincts or ("0101", "0102", "0201"):
            self.run(
                "INSERT INTO elections_precinct_officer (precinct_id, account_id, role)"
                f" SELECT id, {who.id}, '{role}' FROM elections_precinct WHERE code = '{code}'"
            )

    def look(self, who, act, kind=Chosen, **told):
        with self.town.working(who, reads=True) as ctx:
            return act(ctx, kind.model_validate({"id": self.id, **told}))


def on_paper(town, clock, contests=(CHAIR,), rows=PLACES, **more):
    """Return a draft on paper with three precincts, one of which belongs to a ward."""
    made = drafted(town, clock, contests=contests, tier="paper", **more)
    paper = Paper(town, clock, made.id)
    paper.do(INES, import_precincts, ImportPrecincts, rows=rows)
    return paper


def running(town, clock, contests=(CHAIR,), *, over=True, **more):
    """Return a frozen paper election that is open, or over; Dan enters and Emil approves."""
    paper = on_paper(town, clock, contests, **more)
    paper.freeze(INES, PRIYA)
    paper.appoint(DAN, "enter")
    paper.appoint(EMIL, "approve")
    (paper.over if over else paper.open)()
    return paper
