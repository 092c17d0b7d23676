"""What people who run the town see of it: its condition, in figures and as a page."""
