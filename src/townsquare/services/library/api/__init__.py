"""The library for programs."""

from flask import Blueprint

bp = Blueprint("library_api", __name__, url_prefix="/api/v1/library")
