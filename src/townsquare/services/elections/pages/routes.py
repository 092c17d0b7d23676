"""All pages of elections: each module is imported for the routes that it adds."""

from townsquare.services.elections.pages import (
    approving,
    board,
    booth,
    bp,
    deciding,
    documents,
    duties,
    freezing,
    front,
    nominations,
    office,
    people,
    pictures,
    precinct_styles,
    precincts,
    returning,
    roll_work,
    rolls,
    rounds,
    sealing,
    striking,
    totals,
    turnout,
    vetting,
)

PAGES = (
    *(front, booth, board, sealing, office, rolls, roll_work, precinct_styles),
    *(
        freezing,
        rounds,
        turnout,
        deciding,
        people,
        duties,
        precincts,
        returning,
        approving,
        totals,
        documents,
    ),
    *(nominations, vetting, pictures, striking),
)

__all__ = ["PAGES", "bp"]
