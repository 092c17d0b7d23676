"""The demo town: its cast, and half a year of generated life from a fixed seed."""
