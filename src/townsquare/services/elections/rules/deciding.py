"""What two people may decide about an election, and in which of its states and stages."""

# In which stages of an election what can be decided about its voting.
FITS = {
    "suspend": ("open",),
    "resume": ("suspended",),
    "extend": ("open", "suspended"),
    "close": ("open", "suspended"),
}
BECOMES = {"certify": "certified", "annul": "annulled", "recount": "counting"}
RECOUNTED = ("encrypted", "paper")  # A poll is counted again by each look at its papers.
BEFORE = ("frozen", "counting", "closed")  # An election that can still be annulled.
STRUCK_IN = ("frozen", "counting")  # One in which a candidate can still be disqualified.
