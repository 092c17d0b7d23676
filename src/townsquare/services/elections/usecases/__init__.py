"""What people can do in elections."""
