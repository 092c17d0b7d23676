"""The pages of the library."""

from flask import Blueprint

bp = Blueprint(
    "library",
    "townsquare.services.library",
    url_prefix="/library",
    template_folder="templates",
)
