"""Decisions, objections and reports for programs; two people decide, whoever else may."""

from townsquare.core.web.api import offer
from townsquare.services.elections.api import bp
from townsquare.services.elections.queries import deciding, documents
from townsquare.services.elections.usecases import (
    disputing,
    disqualifying,
    interrupting,
    judging,
    verifying,
)

offer(bp, "GET /<id>/disputes", deciding.find_disputes)
offer(bp, "POST /<id>/disputes", disputing.file_dispute, status=201, once=True)
offer(bp, "GET /disputes/<id>", deciding.read_dispute)
offer(bp, "POST /disputes/<id>/ruling", disputing.rule_dispute, status=201)
offer(bp, "GET /<id>/channels", deciding.count_channels)
offer(bp, "GET /<id>/verifications", deciding.find_verifications)
offer(bp, "POST /<id>/verifications", verifying.submit_verification, status=201)
offer(bp, "GET /<id>/results/signed", documents.read_document, rate="expensive", not_yet=True)
offer(bp, "GET /office/<id>/decisions", deciding.read_proceedings)
offer(bp, "POST /<id>/interruptions", interrupting.propose_interruption, status=201)
offer(bp, "POST /interruptions/<id>/confirmation", interrupting.confirm_interruption)
offer(bp, "POST /interruptions/<id>/withdrawal", interrupting.withdraw_interruption)
offer(bp, "POST /<id>/disqualifications", disqualifying.propose_disqualification, status=201)
offer(bp, "POST /disqualifications/<id>/confirmation", disqualifying.confirm_disqualification)
offer(bp, "POST /disqualifications/<id>/withdrawal", disqualifying.withdraw_disqualification)
offer(bp, "POST /<id>/certifications", judging.propose_judgement, status=201)
offer(bp, "POST /certifications/<id>/confirmation", judging.confirm_judgement)
offer(bp, "POST /certifications/<id>/withdrawal", judging.withdraw_judgement)
