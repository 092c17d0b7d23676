"""Requests for the graph, made up from its schema by the grammar of GraphQL, with what means harm.

The same seed writes the same requests. A root field is asked for under a name that ends in its own,
so that an answer says of itself what it answers.
"""

import json
from dataclasses import dataclass
from random import Random
from urllib.parse import urlencode

from graphql import GraphQLObjectType, GraphQLSchema, get_named_type, is_leaf_type, is_list_type

JSON = "application/json"
DEEPEST, MOST_ALIASES, MOST_SPREADS, MOST_TOKENS, LONGEST = 13, 30, 40, 4000, 64 * 1024
TEXTS = (
    *("", " ", "\x00", "a\x00b", "\ud800", "x\udfff", "\u202etxt", "\ufeff", "\x1b[2J", "\n" * 50),
    *("' OR '1'='1", "'; DROP TABLE core_account; --", "%_%", "x" * 5000, "\U0001f4da" * 40),
    *("{{7*7}}{0}%s", "<script>", "../../etc/passwd", "٣", "01HZZZZZZZZZZZZZZZZZZZZZZZ", "0", "-1"),
    *('"', "NEAR(a b)", "a AND", "*", "(", "9999-12-31", "0000-00-00", "2026-02-30T25:61:00Z"),
)
NUMBERS = (0, -1, 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 10**40, 1.5, 1e308, -0.0)
HOSTILE = (*TEXTS, *NUMBERS, None, True, [], {}, [[]], {"id": "x"}, ["LC-1"], [None], {"": {"": 1}})
BARE = ("1e999", "007", "0x1F", ".5", "$nothing", "nothing", '"open', "@x", '"""block\x07"""', "é")
SIGNS = "{}()[]:$@!|&=.\"'\\#,\x00\ufeff\u2028é\U0001f4da 0aF_"
GARBAGE = (
    *(
        b"",
        b"[]",
        b"null",
        b"1",
        b'"x"',
        b"{",
        b"{}",
        b"\xff\xfe{\x00}\x00",
        b'{"query": "\xed\xa0',
    ),
    *(b'{"query": 1}', b'{"query": null}', b'{"query": ["{x}"]}', b'{"query": "{x}", "query": 1}'),
    *(b'{"query": "{x}", "also": 1}', b'{"query": NaN}', b"[" * 100_000, b'{"a":' * 9000),
)
AROUND = (
    *(
        {"variables": told}
        for told in ([], "x", 1, {"": None}, {"\x00": "\ud800"}, {"x": 10**5000})
    ),
    *({"operationName": told} for told in (5, "", "\ud800", "nothing", "__proto__")),
    *({"extensions": told} for told in ([], {"persistedQuery": {"sha256Hash": "x"}})),
)


@dataclass(frozen=True)
class Case:
    """One request, and the code with which it must be refused, if it must."""

    shape: str
    body: bytes
    code: str = ""
    kind: str = JSON
    asked: str = ""

    def send(self, client, headers):
        """Return the answer of the graph to whoever sends these headers."""
        told = {"headers": headers, "content_type": self.kind}
        if self.asked:
            return client.get(f"/graphql?{self.asked}", headers=headers)
        return client.post("/graphql", data=self.body, **told)


class Writer:
    """Writes one request after the other."""

    def __init__(self, schema: GraphQLSchema, known: dict[str, tuple], seed: int) -> None:
        self._known, self._random = known, Random(seed)  # noqa: S311 (chance that can be repeated)
        self._roots = {"query": schema.query_type, "mutation": schema.mutation_type}
        self._fragments: list[str] = []
        self._variables: dict[str, tuple[str, object]] = {}
        self._harm, self._turn, self._root_name = 0.0, 0, ""

    def cases(self, how_many):
        """Return so many requests, each shape by turns."""
        shapes = (*[self.fitting] * 3, *[self.harmful] * 4, self.torn, self.wrong)
        shapes += (self.deep, self.wide, self.curious, self.garbled)
        return [shapes[number % len(shapes)]() for number in range(how_many)]

    def fitting(self):
        """Return what a program could mean."""
        return self._sent("fitting", *self._document(0.0), get=self._chance(0.2))

    def harmful(self):
        """Return a document that fits the schema but for its values."""
        return self._sent("harmful", *self._document(0.4), get=self._chance(0.1))

    def torn(self):
        """Return a document that was cut, or in which signs were changed."""
        text, variables = self._document(0.2)
        place = self._random.randrange(len(text))
        ways = (text[:place], text[:place] + self._random.choice(SIGNS) + text[place:])
        ways += (text[:place] + self._random.choice(SIGNS) + text[place + 1 :], text[place:] * 2)
        return self._sent("torn", self._random.choice(ways), variables)

    def wrong(self):
        """Return a document by the grammar that does not fit the schema."""
        root = self._random.choice(list(self._roots.values()))
        name = self._random.choice(list(root.fields))
        ways = (
            *(
                f"{{{name}}}",
                f"{{{name}(nothing: 1) {{__typename}}}}",
                "{nothing}",
                "{__typename {x}}",
            ),
            *("{...F}", "{...F} fragment F on Query {...F}", "{...F} fragment F on Patron {card}"),
            *("{__typename} {__typename}", "query A {__typename} query A {__typename}"),
            *("query($x: Nothing) {__typename}", "query($x: Whole = 1e999) {__typename}"),
            *("{__typename @nothing}", "{__typename @include}", "{__typename @skip(if: 5)}"),
            *("type Query {x: Int}", "subscription {x}", f"subscription {{{name} {{__typename}}}}"),
            "fragment F on Query {__typename}",
        )
        return self._sent("wrong", self._random.choice(ways), {})

    def deep(self):
        """Return what nests too deeply, by fields or by fragments."""
        levels = self._random.randint(DEEPEST + 1, 80)
        chain = " ".join(f"fragment F{n} on Query {{a {{...F{n + 1}}}}}" for n in range(levels))
        chain += f" fragment F{levels} on Query {{__typename}}"
        ways = ("{a" * levels + "}" * levels, "{...F0} " + chain)
        ways += ("{... on Query " * levels + "{__typename}" + "}" * levels,)
        return self._sent("deep", self._random.choice(ways), {}, code="graphql.too-deep")

    def wide(self):
        """Return what asks for too much at once."""
        many = self._random.randint(1, 50)
        aliases = " ".join(
            f"a{n}_documents: documents {{after}}" for n in range(many + MOST_ALIASES)
        )
        spreads = "{" + "...F " * (MOST_SPREADS + many) + "} fragment F on Query {__typename}"
        long = '{documents(words: "' + "x" * LONGEST + '") {after}}'
        ways = ("{" + aliases + "}", spreads, "{" + "a " * (MOST_TOKENS + many) + "}", long)
        ways += ("{" + "documents {after} " * (MOST_ALIASES + many + 1) + "}",)
        return self._sent("wide", self._random.choice(ways), {}, code="graphql.too-costly")

    def curious(self):
        """Return a question for the schema itself."""
        inner = "{name kind fields {name type {name ofType {name}}}}"
        ways = (f"{{__schema {{types {inner}}}}}", f'{{__type(name: "Patron") {inner}}}')
        ways += (f"{{__schema {{queryType {inner} mutationType {inner} directives {{name}}}}}}",)
        return self._sent("curious", self._random.choice(ways), {})

    def garbled(self):
        """Return a body that no document comes in, or one with odd things around it."""
        if self._chance(0.5):
            kind = self._random.choice(
                (JSON, JSON, "text/plain", "", "application/graphql", "x/\xff")
            )
            return Case("garbled", self._random.choice(GARBAGE), kind=kind)
        text, variables = self._document(0.0)
        return self._sent("garbled", text, variables, more=self._random.choice(AROUND))

    def _sent(self, shape, text, variables, *, code="", more=None, get=False):
        told = {"query": text, **({"variables": variables} if variables else {}), **(more or {})}
        asked = urlencode({"query": text}, errors="surrogatepass") if get and not variables else ""
        return Case(shape, _written(told).encode(), code, asked=asked)

    def _document(self, harm):
        self._fragments, self._variables, self._harm = [], {}, harm
        # Every root field has its turn; others may stand beside it.
        every = [(verb, name) for verb, root in self._roots.items() for name in root.fields]
        verb, first = every[self._turn % len(every)]
        self._turn, roots = self._turn + 1, self._roots[verb].fields
        beside = self._random.sample(list(roots), self._random.choice((0, 0, 0, 1, 2)))
        chosen = dict.fromkeys([first, *beside])
        fields = " ".join(self._root(name, roots[name]) for name in chosen)
        declared = ", ".join(f"${name}: {kind}" for name, (kind, _) in self._variables.items())
        head = f"{verb} Asked({declared})" if declared else verb
        text = " ".join([f"{head} {{{fields}}}", *self._fragments])
        return text, {name: value for name, (_, value) in self._variables.items()}

    def _root(self, name, about):
        self._root_name = name
        given = ", ".join(
            f"{one}: {self._argument(one, told.type)}"
            for one, told in about.args.items()
            if str(told.type).endswith("!") or self._chance(0.4)
        )
        inner = get_named_type(about.type)
        chosen = "" if is_leaf_type(inner) else self._selection(inner, self._random.randint(1, 4))
        label = f"a{len(self._variables)}_{name}: " if self._chance(0.4) else ""
        return f"{label}{name}{f'({given})' if given else ''}{self._directive()} {chosen}"

    def _argument(self, name, kind):
        value = self._value(name, kind)
        if self._chance(0.4):
            called = f"{name}{len(self._variables)}"
            self._variables[called] = (str(kind), value)
            return f"${called}"
        return self._random.choice(BARE) if self._chance(self._harm / 4) else _literal(value)

    def _value(self, name, kind):
        if self._chance(self._harm):
            # Most of it has to come through the types to be read at all.
            fits = TEXTS if get_named_type(kind).name == "String" else NUMBERS
            return self._random.choice(fits if self._chance(0.8) else HOSTILE)
        if is_list_type(getattr(kind, "of_type", kind)) or is_list_type(kind):
            return [self._value(name, get_named_type(kind))]
        inner = get_named_type(kind)
        if hasattr(inner, "fields"):
            return {one: self._value(one, about.type) for one, about in inner.fields.items()}
        fitting = {"Boolean": (True, False), "Whole": (1, 2, 50), "Date": ("2026-03-09",)}
        here = self._known.get(f"{self._root_name}.{name}") or self._known.get(name)
        return self._random.choice(here or fitting.get(inner.name, ("a", "")))

    def _selection(self, kind: GraphQLObjectType, levels):
        names = self._random.sample(
            list(kind.fields), min(len(kind.fields), self._random.randint(1, 5))
        )
        found = []
        for name in names:
            inner = get_named_type(kind.fields[name].type)
            if is_leaf_type(inner):
                found.append(name + self._directive())
            elif levels:
                found.append(f"{name} {self._selection(inner, levels - 1)}")
        text = " ".join([*found, "__typename"])
        if self._chance(0.1):
            return f"{{... on {kind.name}{self._directive()} {{{text}}}}}"
        if self._chance(0.1):
            self._fragments.append(f"fragment F{len(self._fragments)} on {kind.name} {{{text}}}")
            return f"{{...F{len(self._fragments) - 1}}}"
        return f"{{{text}}}"

    def _directive(self):
        if not self._chance(0.1):
            return ""
        return self._random.choice((" @include(if: true)", " @skip(if: false)", " @skip(if: true)"))

    def _chance(self, of):
        return self._random.random() < of


def _literal(value):
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{name or '_'}: {_literal(one)}" for name, one in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    return _written(value)


def _written(value):
    # A number of more digits than Python writes goes out all the same.
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{json.dumps(n)}: {_written(one)}" for n, one in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    big = isinstance(value, int) and abs(value) >= 10**1000
    return "9" * 5000 if big else json.dumps(value)
