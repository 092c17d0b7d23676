"""What a browser calls itself, cut down to what its owner recognises it by."""

# The first one that is found counts: most browsers also name those that they are not.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chromium", "Chromium"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def agent_in(told: str) -> str:
    """Return browser and system, such as "Firefox, Linux"; empty where neither is known.

    Versions and models are dropped: they would say more about a person than the list needs.
    """
    found = (_first(BROWSERS, told), _first(SYSTEMS, told))
    return ", ".join(name for name in found if name)


def _first(known: tuple[tuple[str, str], ...], told: str) -> str:
    return next((name for mark, name in known if mark in told), "")
