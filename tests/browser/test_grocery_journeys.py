"""Buying in a real browser, on the demo town: a guest buys, Lena picks it and hands it over."""

import re

from tests.browser.acting import follow, press, says
from tests.browser.soundness import Visit

LOOKS = [("dark", 1280), ("dark", 390), ("light", 1280)]


def place_of(page, address):
    """Return the path of the page that is open."""
    return page.url.removeprefix(address)


def sound(page, address):
    """Return what the page that is open owes, in every look; what was typed is gone after it."""
    width = page.viewport_size
    said = Visit(page, address).complaints(place_of(page, address), also=LOOKS)
    page.set_viewport_size(width)
    page.reload()
    return said


def buy(page, address):
    """Let a guest buy milk; return what was wrong with the pages, and the number of the order."""
    page.goto("/grocery/p/MILK-1L")
    press(page, "Add to the cart")
    says(page, "is in your cart")
    said = sound(page, address)
    follow(page, "Go to checkout")
    said += sound(page, address)
    press(page, "Continue")
    says(page, "Fill in this field")
    page.get_by_label("Your name").fill("Carla Ruiz")
    page.get_by_label("Phone").fill("+63 917 123 4567")
    press(page, "Continue")
    said += sound(page, address)
    follow(page, "I collect it")
    said += sound(page, address)
    page.get_by_label("When do you collect it?").select_option(index=2)
    press(page, "Continue")
    page.get_by_text("You have not ordered yet.").wait_for()
    said += sound(page, address)
    press(page, "Place my order")
    page.get_by_role("heading", name="Your order is placed").wait_for()
    said += sound(page, address)
    return said, re.search(r"OGS-\d{4}-\d{6}", page.content()).group()


def test_a_guest_buys_and_the_shop_hands_it_over(come_as, town_address):
    said, number = buy(come_as("a guest", "light", 390), town_address)
    lena = come_as("Lena Cruz", "light", 390)
    lena.goto("/grocery/staff/orders")
    said += sound(lena, town_address)
    follow(lena, f"Pick {number}")
    said += sound(lena, town_address)
    press(lena, "Picked")
    says(lena, f"{number} is ready to be handed over.")
    follow(lena, f"Hand over {number}")
    said += sound(lena, town_address)
    press(lena, "Cash taken, hand over")
    lena.get_by_text("was paid").first.wait_for()
    said += sound(lena, town_address)
    lena.goto("/grocery/staff/orders?state=completed")
    follow(lena, number)
    follow(lena, "Take lines back")
    said += sound(lena, town_address)
    assert said == []
