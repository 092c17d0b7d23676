"""Elections for programs."""

from flask import Blueprint

bp = Blueprint("elections_api", __name__, url_prefix="/api/v1/elections")
