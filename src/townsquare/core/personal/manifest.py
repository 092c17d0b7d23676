"""What everybody may do with what the town keeps about them."""

from townsquare.core.manifest import Service
from townsquare.core.personal import erasing_pages, house, pages
from townsquare.core.words import translatable

service = Service(
    name="personal",
    title=translatable("My data"),
    blueprints=(pages.bp, erasing_pages.bp),
    personal=house.PARTS_OF_THE_HOUSE,
)
