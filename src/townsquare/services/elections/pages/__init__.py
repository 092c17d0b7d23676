"""The pages of elections."""

from flask import Blueprint

bp = Blueprint(
    "elections",
    "townsquare.services.elections",
    url_prefix="/elections",
    template_folder="templates",
)
