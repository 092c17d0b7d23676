"""How many statements the addresses of paper elections may cost."""

ELECTION = 4  # With questions, options and numbers.
TOTALS = 6  # What is counted, by question, and who was disqualified.
RETURN = 8  # An election, a precinct, a question, its options, roles, versions and their lines.
BOARD = 3  # An election, a page of returns, their lines.
COSTS = {
    "/elections/<id>/results.csv": TOTALS + 1,
    "/elections/<id>/results": TOTALS + 3,  # How far the count was told live, too.
    "/elections/precinct": 2,
    "/elections/precinct/<code>": 3,
    "/elections/precinct/<code>/<id>/<contest>": RETURN,
    "/elections/office/<id>/precincts": ELECTION + 2,
    "/elections/office/<id>/officers": ELECTION,
    "/elections/office/<id>/count": ELECTION,
    "/elections/office/<id>/approvals": ELECTION + BOARD,
    "/elections/office/<id>/reconciliation": ELECTION + BOARD + 3,
    "/api/v1/elections/precincts": 2,
    "/api/v1/elections/precincts/<precinct>/duties": 3,
    "/api/v1/elections/<id>/precincts": 2,
    "/api/v1/elections/<id>/returns": BOARD,
    "/api/v1/elections/<id>/returns/<precinct>/<contest>": RETURN,
    "/api/v1/elections/<id>/reconciliation": BOARD + 3,
    "/api/v1/elections/<id>/totals": TOTALS + 1,
    "/api/v1/elections/<id>/counts": TOTALS + 1,
    "/api/v1/elections/<id>/tally": BOARD,
}
