"""What people get to know of elections."""
