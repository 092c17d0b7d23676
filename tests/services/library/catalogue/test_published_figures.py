"""What LibrariesWest has published, and a sample of ratings: the real files give known figures."""

from io import BytesIO

import pytest
from click.testing import CliRunner

from townsquare.core.imports.csvfiles import rows
from townsquare.core.imports.outcomes import BadFile
from townsquare.services.library.cli import library
from townsquare.services.library.rules.published import compared, summed
from townsquare.services.library.rules.records import Unreadable

BILLS = "librarieswest_bills_two_authorities.csv.gz"
BILLS_BY_YEAR = "librarieswest_bills_summary_by_year.csv"
PAYMENTS = "librarieswest_payments_two_authorities.csv.gz"
PAYMENTS_BY_YEAR = "librarieswest_payments_summary_by_year.csv"
ISSUES = "librarieswest_issues_summary.csv"
RESERVATIONS = "librarieswest_reservations_summary.csv"
ITEMS = "librarieswest_items_summary.csv"
RATINGS = "goodbooks_sample_ratings.csv"
BOOKS = "goodbooks_1_5000.csv.gz"
BILLS_HEAD = b"financial_year_billed,bill_authority,bill_reason,number_of_bills,total_billed\n"
ISSUES_HEAD = b"month_issued,authority,item_type,issues,renewals\n"
PAYMENTS_HEAD = (
    b"month_paid,payment_authority,payment_library,bill_reason,payment_type,"
    b"number_of_payments,system_paid,real_amount_paid\n"
)


@pytest.fixture
def published(files):
    """Read one of the real files."""

    def read(name, *by, books=None):
        with (files / name).open("rb") as stream:
            return summed(rows(stream), by, books)

    return read


@pytest.fixture
def command(files):
    """Run `townsquare library figures` on one of the real files."""
    return lambda name, *options: CliRunner().invoke(
        library, ["figures", str(files / name), *map(str, options)]
    )


def written(content):
    return summed(rows(BytesIO(content)))


def test_bills_are_told_apart_by_reason_and_what_is_hidden_is_in_no_sum(published):
    """The figures of the monthly file as it is here.

    The note that came with it also names 16,612 OVERDUE, 10,488 CHARGE, 7,911 LOST and 6,516 HOLD
    lines: those are of all seven authorities, before two of them were cut out.
    """
    found = published(BILLS)
    assert (found.lines, found.hidden, found.refused) == (18_781, 10_959, 0)
    assert {reason: one.lines for (reason,), one in found.sums.items()} == {
        "OVERDUE": 6458,
        "HOLD": 5321,
        "CHARGE": 3943,
        "LOST": 2915,
        "DAMAGE": 109,
        "BFR": 23,
        "ILL": 11,
        "PROCESSFEE": 1,
    }
    assert found.sums["OVERDUE",].figures[-1] == 137_559_75


def test_payments_are_told_apart_by_kind_and_two_kinds_bring_no_money(published):
    """The figures of the monthly file as it is here.

    The note that came with it also names 7,881 CASH, 5,449 CANCEL, 4,717 FORGIVEN and 3,402 PAYPAL
    lines: those are of all seven authorities, before two of them were cut out.
    """
    found = published(PAYMENTS)
    assert (found.lines, found.hidden, found.refused) == (11_770, 0, 0)
    lines = {kind: one.lines for (kind,), one in found.sums.items()}
    assert {kind: lines[kind] for kind in ("CASH", "CANCEL", "FORGIVEN", "PAYPAL")} == {
        "CASH": 3752,
        "CANCEL": 2355,
        "FORGIVEN": 2030,
        "PAYPAL": 1682,
    }
    assert found.sums["CANCEL",].figures[-1] == found.sums["FORGIVEN",].figures[-1] == 0
    assert all(found.sums[kind,].figures[1] > 0 for kind in ("CANCEL", "FORGIVEN"))


@pytest.mark.parametrize(
    ("name", "lines", "totals"),
    [
        (ISSUES, 4389, [4_736_206, 2_826_087]),
        (RESERVATIONS, 1000, [732_877]),
        (ITEMS, 284, [2_077_998, 18_047_056, 11_631_210]),
        (BILLS_BY_YEAR, 133, [198_390, 462_090_00]),
        (PAYMENTS_BY_YEAR, 684, [173_100, 365_130_00, 124_800_00]),
    ],
)
def test_summaries_come_to_what_is_known(published, name, lines, totals):
    """Issues, renewals, reservations and all counts of lines are published with the files.

    The other totals were added up from the files by other means.
    """
    found = published(name)
    assert (found.lines, found.hidden, found.refused, found.totals) == (lines, 0, 0, totals)


def test_payments_by_month_are_compared_with_the_summary_by_year(published):
    """Somerset took 28,770 in 2020/2021 by month, and 28,460 by the summary.

    The note says that summaries match within tens; but each line is rounded to tens, so their sums
    are further apart. The monthly file ends in June 2021: the last year cannot agree.
    """
    by = ("financial_year", "payment_authority")
    found = compared(published(PAYMENTS, *by), published(PAYMENTS_BY_YEAR, *by))
    assert [(one.year, one.authority, one.months, one.monthly, one.yearly) for one in found] == [
        ("2020/2021", "Somerset", 12, 28_770_00, 28_460_00),
        ("2020/2021", "South Gloucestershire", 12, 6_060_00, 6_320_00),
        ("2021/2022", "Somerset", 3, 23_400_00, 31_610_00),
        ("2021/2022", "South Gloucestershire", 3, 4_380_00, 5_830_00),
    ]


def test_bills_by_month_stay_below_the_summary_by_what_is_hidden(published):
    by = ("financial_year", "bill_authority")
    found = compared(published(BILLS, *by), published(BILLS_BY_YEAR, *by))
    assert [(one.year, one.monthly, one.yearly) for one in found[:2]] == [
        ("2020/2021", 85_181_66, 98_160_00),
        ("2020/2021", 50_242_77, 58_780_00),
    ]
    assert all(one.hidden > 0 and one.monthly < one.yearly for one in found)


def test_ratings_of_books_outside_the_file_do_not_count(published, command, files):
    assert published(RATINGS).lines == 99
    done = command(RATINGS, "--books", files / BOOKS)
    assert done.exit_code == 1
    assert "92 lines were summed; 7 more were refused." in done.output
    assert done.output.count(" is not among the books.") == 7
    assert f"{RATINGS} line 5: the book '9296' is not among the books." in done.output


def test_the_command_shows_sums_and_what_is_left_out(command):
    done = command(BILLS)
    assert done.exit_code == 0, done.output
    table = [line.split() for line in done.output.splitlines()]
    assert ["OVERDUE", "6458"] in [line[:2] for line in table]
    assert next(line for line in table if line[0] == "OVERDUE")[-1] == "137559.75"
    assert next(line for line in table if line[0] == "Total")[1:3] == ["18781", "10959"]
    assert "10959 of them hide small numbers (*) and are in no sum." in done.output


def test_the_command_says_what_payments_without_money_become(command):
    table = [line.split()[:3] for line in command(PAYMENTS).output.splitlines()]
    assert ["CANCEL", "reversal", "2355"] in table
    assert ["FORGIVEN", "waiver", "2030"] in table
    assert ["CASH", "payment", "3752"] in table


def test_the_command_tells_the_difference_to_the_summary(command, files):
    done = command(PAYMENTS, "--against", files / PAYMENTS_BY_YEAR)
    assert done.exit_code == 0, done.output
    told = ["2020/2021", "Somerset", "12", "0", "28770.00", "28460.00", "310.00"]
    assert told in [line.split() for line in done.output.splitlines()]
    assert "Of its 12 months 2021/2022 has 3: it cannot agree." in done.output


def test_the_command_sums_by_other_columns_and_saves_the_report(command, tmp_path):
    saved, printed = tmp_path / "by-year.csv", tmp_path / "by-year.pdf"
    assert command(ISSUES, "--by", "financial_year", "--to", saved).exit_code == 0
    lines = saved.read_text("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines] == [
        "Financial year",
        "2019/2020",
        "2020/2021",
        "2021/2022",
        "Total",
    ]
    assert lines[-1] == "Total,4389,0,4736206,2826087"
    assert command(ISSUES, "--to", printed).exit_code == 0
    assert printed.read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--by", "weather"), "it cannot be summed by 'weather'; choose among month_issued"),
        (("--to", "figures.xls"), "figures.xls is neither .csv nor .pdf"),
        (("--against", ITEMS), "'Issues and renewals by month' has no amounts to compare"),
        (("--against", ITEMS, "--by", "authority"), "leave --by and --books out"),
        (("--books", ITEMS), "no book is named in a column book_id"),
    ],
)
def test_the_command_says_what_it_cannot_do(command, files, options, sentence):
    given = [files / text if text == ITEMS else text for text in options]
    done = command(ISSUES, *given)
    assert done.exit_code != 0
    told = str(getattr(done.exception, "facts", "")) + done.output
    assert sentence in " ".join(told.replace("\\", "").split())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"2020/2021,Dorset,HOLD,10", "it has 4 columns instead of 5"),
        (b"2020/2022,Dorset,HOLD,10,5", "'2020/2022' is no financial year such as 2020/2021"),
        (b"2020/2021,,HOLD,10,5", "its bill_authority is empty"),
        (b"2020/2021,Dor\x1bset,HOLD,10,5", "holds the control character U+001B"),
        (b"2020/2021,Dorset,HOLD,1.5,5", "its number_of_bills '1.5' is no whole number"),
        (b"2020/2021,Dorset,HOLD,-1,5", "its number_of_bills '-1' is no whole number"),
        (b"2020/2021,Dorset,HOLD,1,5.125", "its total_billed '5.125' is no amount such as 12.50"),
        (b"2020/2021,Dorset,HOLD,1,1e3", "its total_billed '1e3' is no amount"),
        (b"2020/2021,Dorset,LOST,20,30", "it repeats line 2"),
    ],
)
def test_a_line_that_cannot_be_true_is_named_and_the_others_count(line, reason):
    found = written(BILLS_HEAD + b"2020/2021,Dorset,LOST,10,5.5\n" + line + b"\n")
    assert (found.lines, found.refused, found.totals) == (1, 1, [10, 550])
    assert found.wrong[0].startswith("line 3: ")
    assert reason in found.wrong[0]


def test_a_line_that_hides_one_figure_is_in_no_sum():
    found = written(BILLS_HEAD + b"2020/2021,Dorset,LOST,*,5\n2020/2021,Dorset,HOLD,10,2\n")
    assert (found.lines, found.hidden, found.totals) == (2, 1, [10, 200])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (PAYMENTS_HEAD + b"2020-13,A,B,LOST,CASH,1,1,1\n", "'2020-13' is no month such as 2020-04"),
        (PAYMENTS_HEAD + b"2020-12,A,B,LOST,CANCEL,1,1,1\n", "its kind CANCEL brings no money"),
        (b"user_id,book_id,rating\n1,258,6\n", "its rating '6' is none of 1 to 5"),
    ],
)
def test_a_file_of_wrong_lines_only_comes_to_nothing(content, reason):
    found = written(content)
    assert (found.lines, found.refused) == (0, 1)
    assert not any(found.totals)
    assert reason in found.wrong[0]


def test_only_the_first_wrong_lines_are_named_and_all_are_counted():
    found = written(ISSUES_HEAD + b"2020-01,Dorset,DVD,x,0\n" * 50)
    assert (found.refused, len(found.wrong)) == (50, 20)


def test_a_file_of_too_many_groups_is_refused():
    lines = (f"2020-01,Dorset {n},DVD,1,0\n" for n in range(1001))
    with pytest.raises(Unreadable, match="more than 1000 groups; sum it by fewer columns"):
        written(ISSUES_HEAD + "".join(lines).encode())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (ISSUES_HEAD, "it has no line that can be read"),
        (b"title,authors\nEmma,Jane Austen\n", "are those of no published figures that we know"),
    ],
)
def test_a_file_without_figures_says_why(content, reason):
    with pytest.raises((Unreadable, BadFile), match=reason):
        written(content)


def test_a_packed_file_that_breaks_off_is_refused_as_a_whole(files):
    with pytest.raises(BadFile, match="its compression is damaged"):
        written((files / BILLS).read_bytes()[:-9])
