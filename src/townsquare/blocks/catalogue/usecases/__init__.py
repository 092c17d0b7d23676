"""Steps that services take with a catalogue, inside their own use cases."""
