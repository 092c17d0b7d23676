"""The first sheet of an XLSX workbook, row by row, as texts."""

import re
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import IO
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import BadZipFile, ZipFile

from townsquare.services.elections.readers.unreadable import Unreadable

PIECE = 1 << 20
LARGEST = 1 << 28  # Bytes of one part when unpacked.
FIRST_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^>]*?\br?:?id=\"([^\"]+)\"")
DAMAGED = (BadZipFile, LookupError, ValueError, EOFError, RuntimeError, ExpatError, zlib.error)
RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")


def sheet_rows(content: bytes) -> Iterator[tuple[int, dict[int, str]]]:
    """Return number and filled cells of each row, both counted from 1.

    Unreadable: it is no workbook, or a part of it is damaged or far too large.
    """
    try:
        with ZipFile(BytesIO(content)) as book:
            texts = _shared(book)
            yield from _rows(book, texts)
    except DAMAGED as error:
        if isinstance(error, Unreadable):
            raise
        message = "it is not a workbook, or a damaged one"
        raise Unreadable(message) from error


def _opened(book: ZipFile, name: str) -> IO[bytes]:
    if book.getinfo(name).file_size > LARGEST:
        message = f"{name} is too large"
        raise Unreadable(message)
    return book.open(name)


def _sheet(book: ZipFile) -> str:
    # The first sheet of the list need not be the one in the first file.
    named = FIRST_SHEET.search(_opened(book, "xl/workbook.xml").read())
    relations = _opened(book, "xl/_rels/workbook.xml.rels").read()
    for relation in RELATION.findall(relations):
        said = dict(re.findall(rb"(\w+)=\"([^\"]*)\"", relation))
        if named and said.get(b"Id") == named[1]:
            target = said[b"Target"].decode()
            return target[1:] if target.startswith("/") else f"xl/{target}"
    message = "it holds no sheet"
    raise Unreadable(message)


class _Texts:
    # Shared texts; how a text is pronounced (`rPh`) is no part of it.
    def __init__(self) -> None:
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._reading, self._silent = False, False

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self._silent = self._silent or name == "rPh"
        self._reading = name == "t" and not self._silent

    def data(self, text: str) -> None:
        if self._reading:
            self._parts.append(text)

    def end(self, name: str) -> None:
        self._reading = False
        if name == "rPh":
            self._silent = False
        if name == "si":
            self.texts.append("".join(self._parts))
            self._parts = []


class _Cells:
    def __init__(self, texts: list[str]) -> None:
        self.rows: list[tuple[int, dict[int, str]]] = []
        self._texts = texts
        self._number, self._column = 0, 0
        self._row: dict[int, str] = {}
        self._kind, self._parts, self._reading = "", list[str](), False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            told = attributes.get("r")
            self._column = _column(told) if told else self._column + 1
            self._kind, self._parts = attributes.get("t", ""), []
        elif name in {"v", "t"}:
            self._reading = True
        elif name == "row":
            self._number = int(attributes.get("r", self._number + 1))
            self._row, self._column = {}, 0

    def data(self, text: str) -> None:
        if self._reading:
            self._parts.append(text)

    def end(self, name: str) -> None:
        if name in {"v", "t"}:
            self._reading = False
        elif name == "c":
            text = "".join(self._parts)
            if text:
                self._row[self._column] = self._texts[int(text)] if self._kind == "s" else text
        elif name == "row":
            self.rows.append((self._number, self._row))


def _column(reference: str) -> int:
    number = 0
    for letter in reference:
        if letter.isdigit():
            break
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _parsing(book: ZipFile, part: str, reader: _Texts | _Cells) -> Iterator[None]:
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    parser.StartDoctypeDeclHandler = _refuse
    with _opened(book, part) as file:
        while piece := file.read(PIECE):
            parser.Parse(piece)
            yield
        parser.Parse(b"", True)  # noqa: FBT003 (expat takes it by place)


def _refuse(*_declared: object) -> None:
    message = "a sheet declares no document type"
    raise Unreadable(message)


def _shared(book: ZipFile) -> list[str]:
    reader = _Texts()
    if "xl/sharedStrings.xml" in book.namelist():
        for _piece in _parsing(book, "xl/sharedStrings.xml", reader):
            pass
    return reader.texts


def _rows(book: ZipFile, texts: list[str]) -> Iterator[tuple[int, dict[int, str]]]:
    reader = _Cells(texts)
    for _piece in _parsing(book, _sheet(book), reader):
        yield from reader.rows
        reader.rows.clear()
