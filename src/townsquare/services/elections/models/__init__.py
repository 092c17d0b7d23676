"""The tables of elections: what is set up and frozen, and the box."""
