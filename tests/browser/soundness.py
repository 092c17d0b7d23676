"""What every page owes in a browser, and the ways to all pages that a person may see."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from werkzeug.routing import Map

from tests.access.walking import endpoint_of

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
TWICE = """() => { const ids = [...document.querySelectorAll("[id]")].map((found) => found.id);
  return ids.filter((id, at) => ids.indexOf(id) !== at); }"""
AXE = Axe().axe_script
# What axe says of colours and sizes. A page that shows something in one width only is judged by
# every rule in both; the bar above all pages is judged where a test opens one on a phone.
OF_A_LOOK = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]
IN_ONE_WIDTH = "main :is(.d-none, .d-sm-none, .d-md-none, .d-lg-none, .d-xl-none)"
# Loaded beforehand would be what two rules read: sounds, which no page of ours has, and styles for
# one that nobody has asked for. It takes longer than all other rules together.
VIOLATIONS = """(rules) => axe.run({runOnly: rules, resultTypes: ["violations"], preload: false})
  .then((found) => found.violations)"""
# A chart takes its new width only while the next picture is drawn.
DRESS = """(theme) => { Object.assign(document.documentElement.dataset, {theme, bsTheme: theme});
  return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))); }"""
HEIGHT = 844
LARGEST_PAGE = 40 * 1024
LINK = re.compile(r'href="(/[^"#]*)"')
MAIN = re.compile(r"<main.*</main>", re.DOTALL)
KEYS = re.compile(r'name="(?:csrf_token|once)" value="[^"]*"')  # Another one each time.


@dataclass
class Visit:
    """One visit to a page, and everything that was wrong with it."""

    page: object
    address: str

    def complaints(self, path, status=200, *, also=()):
        """Open the page; return a sentence for each thing that it owes and does not do.

        It is looked at as it came, and again in each theme and width of `also`, where axe judges
        what a look can change, and everything if the page shows something in one width only.
        """
        said = []
        self.page.goto("about:blank")  # What the page before was still loading is not ours.
        # A browser calls every refusal an error of loading, also one that a test expects.
        expected = f"the server responded with a status of {status}"
        hears = {
            "console": lambda line: expected in line.text or said.append(f"console: {line.text}"),
            "pageerror": lambda error: said.append(f"script: {error}"),
            "requestfailed": lambda request: said.extend(self._not_loaded(request)),
            "request": lambda request: said.extend(self._foreign(request.url)),
        }
        for event, hear in hears.items():
            self.page.on(event, hear)
        answer = self.page.goto(self.address + path)
        said += self._of_the_answer(answer, status)
        said += [f"two elements are called {name}" for name in self.page.evaluate(TWICE)]
        said += self._of_the_look(TAGS)
        rules = TAGS if self.page.locator(IN_ONE_WIDTH).count() else OF_A_LOOK
        for theme, width in also:
            self._dress(theme, width)
            said += [f"{theme}, {width}: {sentence}" for sentence in self._of_the_look(rules)]
        for event, hear in hears.items():
            self.page.remove_listener(event, hear)
        return [f"{path}: {sentence}" for sentence in said]

    def _foreign(self, url):
        ours = url.startswith((self.address, "data:"))
        return [] if ours else [f"from elsewhere: {url}"]

    def _not_loaded(self, request):
        # A stream is broken off when the page is left; that is how it ends.
        left = request.failure == "net::ERR_ABORTED" and "/live/" in request.url
        return [] if left else [f"not loaded: {request.url}"]

    def _of_the_answer(self, answer, status):
        size = len(answer.body())
        return [
            *([f"answered {answer.status}"] if answer.status != status else []),
            *([f"{size} bytes of HTML"] if size > LARGEST_PAGE else []),
        ]

    def _dress(self, theme, width):
        """Put on another look, as the server writes it into a page."""
        self.page.set_viewport_size({"width": width, "height": HEIGHT})
        self.page.evaluate(DRESS, theme)

    def _of_the_look(self, rules):
        over = self.page.evaluate(OVERFLOW)
        return [*([f"{over} pixels too wide"] if over else []), *self.of_axe(rules)]

    def of_axe(self, rules=TAGS):
        """Return what axe finds by these rules, which are named themselves or by their tags."""
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE)
        found = self.page.evaluate(VIOLATIONS, rules)
        return [f"axe {v['id']}: {node['html'][:150]}" for v in found for node in v["nodes"][:3]]


def ways(pages: Map, request, address):
    """Return the pages that this person may see, found by following links.

    There is one address for each page, and with it what stands between the bar and the foot.
    """
    known, waiting = {}, [rule.rule for rule in pages.iter_rules() if _is_simple(rule)]
    adapter = pages.bind("town")
    while waiting:
        path = waiting.pop()
        endpoint = endpoint_of(adapter, path)
        if endpoint is None or endpoint in known:
            continue
        answer = request.get(address + path, max_redirects=0)
        shown = answer.status == 200 and "text/html" in answer.headers.get("content-type", "")
        known[endpoint] = (path, KEYS.sub("", MAIN.search(answer.text())[0])) if shown else None
        if 300 <= answer.status < 400:
            waiting.append(urlsplit(answer.headers["location"]).path)
        if shown:
            waiting += [link.replace("&amp;", "&") for link in LINK.findall(answer.text())]
    return sorted(filter(None, known.values()))


def _is_simple(rule):
    return "GET" in rule.methods and not rule.arguments
