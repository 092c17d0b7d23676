"""What the front of the process adds to the addresses of every town."""

from townsquare.core.live import pages
from townsquare.core.manifest import Service
from townsquare.core.words import translatable

service = Service(name="health", title=translatable("Health"), blueprints=(pages.bp,))
