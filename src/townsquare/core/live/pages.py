"""Health for servers that run the pages alone, without the ASGI front."""

from flask import Blueprint, jsonify
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
    complaints = Health(town()).complaints()
    status = "not ready" if complaints else "ready"
    return jsonify(status=status, complaints=complaints), 503 if complaints else 200
