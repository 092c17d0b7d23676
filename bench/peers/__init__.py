"""Other people's frameworks doing the same work."""
