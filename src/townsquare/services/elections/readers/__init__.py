"""Files of ballots and returns, read into contests and papers."""
