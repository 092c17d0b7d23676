"""What the town knows about somebody: theirs to take along, and theirs to take away."""
