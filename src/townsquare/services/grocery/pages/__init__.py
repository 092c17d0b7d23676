"""The pages of the shop."""

from flask import Blueprint

bp = Blueprint(
    "grocery",
    "townsquare.services.grocery",
    url_prefix="/grocery",
    template_folder="templates",
)
