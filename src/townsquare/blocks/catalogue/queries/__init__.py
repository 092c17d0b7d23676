"""What services read of a catalogue, inside their own queries and steps."""
