"""The part of the program that speaks ASGI: live streams, health, and the way to the pages."""
