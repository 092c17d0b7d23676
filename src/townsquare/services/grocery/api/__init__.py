"""The shop for programs."""

from flask import Blueprint

bp = Blueprint("grocery_api", __name__, url_prefix="/api/v1/grocery")
