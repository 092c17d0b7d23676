import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks
from townsquare.core.errors import Invalid, StaleVersion
from townsquare.services.library.commands.authorities import (
    AddBranch,
    AddCategory,
    AddName,
    AddPublisher,
    ChangeBranch,
    ChangeCoded,
    ChangeName,
    ChooseAuthority,
    FindAuthorities,
    MergeNames,
    RemoveAuthority,
)
from townsquare.services.library.commands.catalogue import AddDocument, ChooseDocument
from townsquare.services.library.errors import CodeTaken, InUse, MergeLoop, UnknownAuthority
from townsquare.services.library.events import NamesMerged
from townsquare.services.library.models.catalogue import MERGED_ONCE, NameRow
from townsquare.services.library.queries import authorities as queries
from townsquare.services.library.queries.documents import read_document
from townsquare.services.library.usecases import authorities as acts
from townsquare.services.library.usecases.documents import add_document


@pytest.fixture
def names(cataloguing):
    """Two spellings of one author, each with a document; their ids by heading."""
    with cataloguing() as ctx:
        for author in ("Leo Tolstoy", "Lev Tolstoi"):
            add_document(ctx, AddDocument(title=f"A book of {author}", authors=author))
        found = queries.find_names(ctx, FindAuthorities())
    return {name.heading: name.id for name in found.names}


@pytest.fixture
def merged(cataloguing, names):
    wish = MergeNames(id=names["Lev Tolstoi"], into=names["Leo Tolstoy"])
    with cataloguing() as ctx:
        acts.merge_names(ctx, wish)
    return ctx


def test_a_merged_name_gives_its_documents_away(cataloguing, names, merged):
    with cataloguing(reads=True) as ctx:
        stays = queries.read_name(ctx, ChooseAuthority(id=names["Leo Tolstoy"]))
        goes = queries.read_name(ctx, ChooseAuthority(id=names["Lev Tolstoi"]))
    assert (stays.documents, stays.variants) == (2, ["Lev Tolstoi"])
    assert (goes.documents, goes.merged_into) == (0, stays.id)
    assert [event for _, event in merged.events] == [NamesMerged(goes.id, stays.id, 2)]


def test_lists_show_the_heading_that_stays(cataloguing, merged):
    with cataloguing() as ctx:
        later = add_document(ctx, AddDocument(title="War and Peace", authors="Lev Tolstoi"))
        assert read_document(ctx, ChooseDocument(id=later.id)).names == "Leo Tolstoy"


def test_a_document_with_both_spellings_keeps_one(cataloguing, names):
    with cataloguing() as ctx:
        both = add_document(ctx, AddDocument(title="Both", authors="Leo Tolstoy; Lev Tolstoi"))
        acts.merge_names(ctx, MergeNames(id=names["Lev Tolstoi"], into=names["Leo Tolstoy"]))
        document = read_document(ctx, ChooseDocument(id=both.id))
    assert (document.names, len(document.makers)) == ("Leo Tolstoy", 1)


def test_names_are_not_merged_in_circles(cataloguing, names, merged):
    one, other = names["Leo Tolstoy"], names["Lev Tolstoi"]
    for wish in (MergeNames(id=one, into=other), MergeNames(id=one, into=one)):
        with pytest.raises(MergeLoop), cataloguing() as ctx:
            acts.merge_names(ctx, wish)


def test_the_database_itself_refuses_a_circle(town, merged):
    circle = update(NameRow).where(NameRow.heading == "Leo Tolstoy").values(merged_into_id=2)
    with pytest.raises(IntegrityError) as refused, town.sessions.begin() as db:
        db.execute(circle)
    assert breaks(refused.value, MERGED_ONCE)


def test_a_corrected_heading_is_corrected_in_every_list(cataloguing, names):
    wish = ChangeName(id=names["Lev Tolstoi"], version=1, heading="Lev N. Tolstoi")
    with cataloguing() as ctx:
        acts.change_name(ctx, wish)
        found = queries.find_names(ctx, FindAuthorities(begins="Lev"))
    assert [(name.heading, name.documents) for name in found.names] == [("Lev N. Tolstoi", 1)]


def test_two_headings_are_told_apart(cataloguing, names):
    with pytest.raises(CodeTaken), cataloguing() as ctx:
        acts.add_name(ctx, AddName(heading="Leo Tolstoy"))
    with pytest.raises(CodeTaken), cataloguing() as ctx:
        acts.change_name(ctx, ChangeName(id=names["Lev Tolstoi"], version=1, heading="Leo Tolstoy"))
    with cataloguing() as ctx:
        acts.add_name(ctx, AddName(heading="Leo Tolstoy", dates="1980-"))


def test_a_name_in_use_is_not_deleted(cataloguing, names):
    with pytest.raises(InUse), cataloguing() as ctx:
        acts.remove_name(ctx, RemoveAuthority(id=names["Leo Tolstoy"], version=1))


@pytest.mark.parametrize(
    ("add", "wish"),
    [
        (acts.add_branch, AddBranch(code="central", name="Central", zone="Europe/London")),
        (acts.add_category, AddCategory(code="fiction", name="Fiction")),
        (acts.add_publisher, AddPublisher(code="knopf", name="Knopf")),
    ],
)
def test_a_code_is_given_once(cataloguing, add, wish):
    with cataloguing() as ctx:
        add(ctx, wish)
    with pytest.raises(CodeTaken, match=f"{wish.code} is already in use"), cataloguing() as ctx:
        add(ctx, wish)


@pytest.mark.parametrize("zone", ["Europe/Londn", "../etc/passwd", "/etc", "Moon"])
def test_a_branch_lives_in_a_zone_that_exists(cataloguing, zone):
    with pytest.raises(Invalid), cataloguing() as ctx:
        acts.add_branch(ctx, AddBranch(code="central", name="Central", zone=zone))


def test_a_branch_is_described_anew(cataloguing, central):
    with cataloguing() as ctx:
        acts.change_branch(ctx, ChangeBranch(id=central.id, version=1, lon=-2.24, lat=53.48))
        branch = queries.read_branch(ctx, ChooseAuthority(id=central.id))
    assert (branch.name, branch.lon, branch.lat, branch.version) == ("Central", -2.24, 53.48, 2)
    with pytest.raises(StaleVersion), cataloguing() as ctx:
        acts.change_branch(ctx, ChangeBranch(id=central.id, version=1, name="Old"))


def test_a_category_is_renamed_and_deleted(cataloguing):
    with cataloguing() as ctx:
        added = acts.add_category(ctx, AddCategory(code="fiction", name="Fiction"))
        acts.change_category(ctx, ChangeCoded(id=added.id, version=1, name="Novels"))
        assert queries.find_categories(ctx, FindAuthorities()).entries[0].name == "Novels"
        acts.remove_category(ctx, RemoveAuthority(id=added.id, version=2))
    with pytest.raises(UnknownAuthority), cataloguing() as ctx:
        queries.read_category(ctx, ChooseAuthority(id=added.id))


def test_names_are_listed_in_order_page_by_page(cataloguing):
    with cataloguing() as ctx:
        for heading in ("C", "A", "B"):
            acts.add_name(ctx, AddName(heading=heading))
        first = queries.find_names(ctx, FindAuthorities(limit=2))
        second = queries.find_names(ctx, FindAuthorities(limit=2, after=first.after))
    assert [n.heading for n in first.names + second.names] == ["A", "B", "C"]
