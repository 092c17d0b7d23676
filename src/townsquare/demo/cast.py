"""The people of the demo town: one list for demonstrations, tests and screenshots."""

from townsquare.core.frozen import dataclass
from townsquare.core.words import translatable


@dataclass(frozen=True)
class Member:
    """One person of the cast: what they are in the town, and which roles they hold."""

    given: str
    family: str
    sentence: str
    roles: tuple[str, ...] = ()
    affiliation: tuple[str, str] | None = None
    card: str | None = None

    @property
    def name(self) -> str:
        """Return the name as people say it."""
        return f"{self.given} {self.family}"

    @property
    def email(self) -> str:
        """Return an address that leads nowhere (RFC 2606)."""
        return f"{self.given.split()[-1].lower()}@sanroque.example"


CAST = (
    Member(
        "Maya", "Santos", translatable("resident, student"), (), ("student", "STU-1001"), "LC-1001"
    ),
    Member(
        "Ben", "Okafor", translatable("resident, faculty"), (), ("faculty", "FAC-2001"), "LC-2001"
    ),
    Member("Carla", "Ruiz", translatable("visitor"), (), ("visitor", "VIS-3001"), "LC-3001"),
    Member(
        "Dina",
        "Park",
        translatable("librarian at the desk"),
        ("library.librarian",),
        ("staff", "EMP-11"),
    ),
    Member(
        "Emil", "Novak", translatable("cataloguer"), ("library.cataloguer",), ("staff", "EMP-12")
    ),
    Member(
        "Olga",
        "Lim",
        translatable("administrator"),
        ("administrator", "library.manager", "grocery.administrator"),
        ("staff", "EMP-1"),
    ),
    Member(
        "Rosa",
        "Dizon",
        translatable("resident, Gold customer of the shop"),
        (),
        ("customer", "CUST-100"),
        "LC-1002",
    ),
    Member(
        "Ivo",
        "Petrov",
        translatable("resident, Silver customer of the shop"),
        (),
        ("customer", "CUST-101"),
    ),
    Member(
        "Noor",
        "Haddad",
        translatable("nurse, certifier of elections"),
        ("elections.certifier",),
        ("staff", "EMP-13"),
        "LC-1003",
    ),
    Member(
        "Lena",
        "Cruz",
        translatable("shop manager, trustee of an election"),
        ("grocery.manager", "elections.trustee"),
        ("staff", "EMP-14"),
        "LC-1004",
    ),
    Member("Mei", "Tan", translatable("cook"), (), ("staff", "EMP-15"), "LC-1005"),
    Member(
        "Tomas",
        "Lindqvist",
        translatable("picker in the warehouse, trustee of an election"),
        ("grocery.keeper", "elections.trustee"),
        ("staff", "EMP-16"),
        "LC-1006",
    ),
    Member("Yusuf", "Ali", translatable("courier"), (), ("courier", "DO-07"), "LC-1007"),
    Member(
        "Dr Ana",
        "Reyes",
        translatable("doctor, certifier of elections"),
        ("elections.certifier",),
        ("staff", "HSP-200"),
        "LC-2002",
    ),
    Member(
        "Ines",
        "Moreau",
        translatable("election officer"),
        ("elections.officer", "elections.seed-holder"),
        ("staff", "EMP-17"),
    ),
    Member("Dr Sam", "Whitfield", translatable("counsellor"), (), ("staff", "C-1001"), "LC-2003"),
    Member(
        "Priya",
        "Nair",
        translatable("complaints officer, deputy in the library"),
        # A second person, who can agree to what Olga or Ines proposes.
        (
            *("library.manager", "elections.witness", "elections.return-approver"),
            "elections.seed-holder",
        ),
        ("staff", "EMP-18"),
    ),
    Member("Kofi", "Mensah", translatable("cashier"), ("grocery.cashier",), ("staff", "EMP-101")),
    Member(
        "Paul",
        "Aquino",
        translatable("accountant of the shop, credential authority"),
        ("grocery.accountant", "elections.authority"),
        ("staff", "EMP-102"),
    ),
)
