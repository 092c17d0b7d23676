"""What pages and programs read of elections."""
