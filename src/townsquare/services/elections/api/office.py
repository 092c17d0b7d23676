"""Setting elections up, for programs; two people freeze them, whoever else may."""

from townsquare.core.web.api import offer
from townsquare.services.elections.api import bp
from townsquare.services.elections.queries import elections, registration, rolls
from townsquare.services.elections.usecases import (
    challenging,
    copying,
    counting,
    freezing,
    moving,
    precinct_styles,
    setting_up,
    styling,
    waiving,
)
from townsquare.services.elections.usecases import rolls as acts

offer(bp, "POST /", setting_up.draft_election, status=201, once=True)
offer(bp, "POST /office/<id>/copies", copying.clone_election, status=201, once=True)
offer(bp, "POST /office/<id>/rehearsals", copying.rehearse_election, status=201, once=True)
offer(bp, "PUT /office/<id>/rehearsal", waiving.waive_rehearsal)
offer(bp, "GET /office", elections.find_drafts)
offer(bp, "GET /office/<id>", elections.read_set_up)
offer(bp, "GET /office/<id>/signatures", elections.read_signatures)
offer(bp, "PATCH /office/<id>", setting_up.revise_election)
offer(bp, "POST /office/<id>/contests", setting_up.add_contest, status=201)
offer(bp, "DELETE /contests/<id>", setting_up.drop_contest)
offer(bp, "GET /office/<id>/roll", rolls.find_roll)
offer(bp, "POST /office/<id>/roll", acts.enrol_voter, status=201)
offer(bp, "POST /office/<id>/roll/check", acts.check_roll, rate="expensive")
offer(bp, "POST /office/<id>/roll/import", acts.import_roll, rate="expensive")
offer(bp, "DELETE /voters/<id>", acts.remove_voter)
offer(bp, "PATCH /voters/<id>", styling.revise_place)
offer(bp, "POST /voters/<id>/suspension", challenging.suspend_voter)
offer(bp, "DELETE /voters/<id>/suspension", challenging.restore_voter)
offer(bp, "POST /voters/<id>/challenge", challenging.challenge_voter, status=201)
offer(bp, "POST /challenges/<id>/decision", challenging.decide_challenge)
offer(bp, "GET /office/<id>/roll/work", registration.read_roll_work)
offer(bp, "POST /office/<id>/styles", styling.define_style, status=201)
offer(bp, "DELETE /styles/<id>", styling.drop_style)
offer(bp, "POST /office/<id>/precinct-styles", precinct_styles.define_precinct_style, status=201)
offer(bp, "GET /precinct-styles/<id>", registration.read_precinct_style)
offer(bp, "PATCH /precinct-styles/<id>", precinct_styles.revise_precinct_style)
offer(bp, "DELETE /precinct-styles/<id>", precinct_styles.drop_precinct_style)
offer(bp, "POST /office/<id>/roll/move/check", moving.preview_move)
offer(bp, "POST /office/<id>/roll/move", moving.move_precinct_voters)
offer(bp, "POST /office/<id>/roll/removal", moving.remove_precinct_voters, status=201)
offer(bp, "DELETE /removals/<id>", moving.withdraw_removal)
offer(bp, "POST /removals/<id>/confirmation", moving.confirm_removal)
offer(bp, "GET /<id>/registration", registration.check_registration)
offer(bp, "POST /office/<id>/freeze/proposal", freezing.propose_freeze, status=201)
offer(bp, "POST /office/<id>/freeze/withdrawal", freezing.withdraw_freeze)
offer(bp, "POST /office/<id>/freeze/confirmation", freezing.confirm_freeze)
offer(bp, "POST /office/<id>/closing", counting.close_poll)
