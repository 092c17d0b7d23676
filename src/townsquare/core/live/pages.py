"""Health for servers that run the pages alone, without the ASGI front."""

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue

from townsquare.core.health import Health
from townsquare.core.web import needs, town

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@needs("public")
def alive() -> ResponseReturnValue:
    """Say that this process answers."""
    return jsonify(status="alive")


@bp.get("/readyz")
@needs("public")
def ready() -> ResponseReturnValue:
    """Say whether the town is ready for people, and if not, why."""
    health = _health()
    complaints = health.complaints()
    status = "not ready" if complaints else "ready"
    stands_still = {"paused": True} if health.paused() else {}
    told = jsonify(status=status, complaints=complaints, **stands_still)
    return told, 503 if complaints else 200


def _health() -> Health:
    """Return the one of this process: many may ask at once, and one look answers them all."""
    known = current_app.extensions
    if "health" not in known:
        known["health"] = Health(town())
    kept: Health = known["health"]
    return kept
