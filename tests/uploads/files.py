"""Files that mean harm, by what they try, and harmless ones; always the same for the same seed."""

import gzip
import json
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random

SEED = 18
DATA = Path(__file__).parents[1] / "data" / "library"
MARC = DATA / "marc"
MEGA = 1024 * 1024
HEAD = b"title,authors,isbn\n"
ISSUES = b"month_issued,authority,item_type,issues,renewals\n"
TABLE = HEAD + b"Emma,Jane Austen,\n"
GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x00\x00\x00\x00\x00"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
MARK = "http://www.loc.gov/MARC21/slim"
ANY = 10_000  # So many records may be made of a file that is damaged, but true in parts.


@dataclass(frozen=True)
class Sent:
    """One upload: the file as a browser sends it, or a whole body that no browser would send.

    `kept` says that the file may be kept, as one of which at most so many records are made.
    """

    group: str
    label: str
    content: bytes = b""
    name: str = "file.csv"
    kept: int | None = None
    body: bytes = b""
    kind: str = ""
    length: int = 0

    def whole(self, field="file"):
        """Return the body and its type, with the file under this name of a field."""
        if self.kind:
            return self.body, self.kind
        # Bytes outside ASCII, line breaks and NUL go out as they are: nobody has to be polite.
        name = self.name.replace("\\", "\\\\").replace('"', '\\"').encode("utf-8", "surrogatepass")
        head = b'--seam\r\nContent-Disposition: form-data; name="%b"; filename="%b"\r\n'
        told = head % (field.encode(), name) + b"Content-Type: text/csv\r\n\r\n"
        return told + self.content + b"\r\n--seam--\r\n", "multipart/form-data; boundary=seam"


def record(title="Emma", *, indicator="0", inside="", controls=""):
    """Return one record of MARCXML."""
    return (
        f'<record xmlns="{MARK}"><leader>00000nam a2200000 a 4500</leader>{controls}'
        f'<datafield tag="245" ind1="1" ind2="{indicator}"><subfield code="a">{title}</subfield>'
        f"</datafield>{inside}</record>"
    )


def collection(*records, before='<?xml version="1.0"?>'):
    return f"{before}<collection>{''.join(records)}</collection>".encode()


def packed(content):
    return gzip.compress(content, mtime=0)


def zipped(**members):
    """Return a ZIP of these members; the same bytes each time."""
    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            told = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            archive.writestr(told, content, zipfile.ZIP_DEFLATED)
    return held.getvalue()


def tarred(content):
    """Return a tar in which one member leads up and one is a link."""
    held = BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        above = tarfile.TarInfo("../../etc/passwd")
        above.size = len(content)
        archive.addfile(above, BytesIO(content))
        link = tarfile.TarInfo("books.csv")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return held.getvalue()


def inflated(piece, times):
    """Return gzip of a piece that is repeated so often, without ever holding it whole."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join([packer.compress(piece) for _ in range(times)]) + packer.flush()


def bombs():
    """Little that unpacks to much: zeros, rows, records, and archives in archives."""
    zeros = inflated(bytes(MEGA), 70)
    yield "gzip of 70 MiB of zeros", zeros, "books.csv.gz", None
    yield "twelve such gzips in a row", zeros * 12, "books.csv.gz", None
    yield "gzip in gzip", packed(zeros), "books.csv.gz", None
    yield "gzip of 66 MiB of rows", inflated(b"Emma,Austen\n" * 87_382, 66), "b.csv.gz", None
    title = packed(HEAD[:14] + b"\n" + b"a,b\n" * MEGA)
    yield "gzip of a million rows", title, "books.csv.gz", None
    yield "gzip of ends of records", packed(b"\x1d" * (8 * MEGA)), "books.mrc.gz", None
    yield "gzip of empty objects", packed(b"[" + b"{}," * 250_000), "books.json.gz", None
    empty = b"<r>" + b"<record/>" * 250_000 + b"</r>"
    yield "gzip of empty records", packed(empty), "books.xml.gz", None
    long = b"<r><record><leader>" + b"a\n" * MEGA + b"</leader></record></r>"
    yield "gzip of one endless leader", packed(long), "books.xml.gz", 0
    wide = TABLE[:14] + b"," + b",".join(b"c%d" % n for n in range(200_000)) + b"\n"
    yield "gzip of 200,000 columns", packed(wide), "books.csv.gz", None
    yield "gzip of one line of 33 MiB", packed(HEAD + b"x" * (33 * MEGA)), "books.csv.gz", 0
    emoji = HEAD + "\U0001f4da".encode() * (9 * MEGA)
    yield "gzip of 36 MiB of emoji", packed(emoji), "books.csv.gz", 0
    yield "zip of zeros", zipped(**{"books.csv": bytes(64 * MEGA)}), "books.csv", None
    inner = zipped(**{f"{n}.zip": zipped(a=bytes(MEGA)) for n in range(16)})
    yield "zips in a zip", zipped(**{"inner.zip": inner}), "books.csv", None
    yield (
        "a zip of 5,000 members",
        zipped(**{f"{n}.csv": TABLE for n in range(5000)}),
        "b.csv",
        None,
    )
    yield "a zip in gzip", packed(inner), "books.csv.gz", None
    yield "a gzip in a zip", zipped(**{"books.csv.gz": packed(TABLE)}), "books.csv", None


def types():
    """What is something else than its name says."""
    things = {
        "gif": GIF,
        "png": PNG + b"\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00",
        "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9",
        "pdf": PDF,
        "elf": b"\x7fELF\x02\x01\x01" + bytes(57),
        "exe": b"MZ\x90\x00" + bytes(60) + b"PE\x00\x00",
        "html": b"<!doctype html><script>alert(1)</script>",
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        "php": b"<?php system($_GET['c']); ?>",
        "script": b"#!/bin/sh\nrm -rf /\n",
        "xlsx": zipped(**{"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}),
        "docm": zipped(**{"word/vbaProject.bin": bytes(100)}),
        "sqlite": b"SQLite format 3\x00" + bytes(84),
        "tar": tarred(TABLE),
        "pickle": b"cos\nsystem\n(S'id'\ntR.",
        "yaml": b"!!python/object/apply:os.system ['id']\n",
        "ole": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500),
        "class": b"\xca\xfe\xba\xbe\x00\x00\x00\x34",
        "rtf": b"{\\rtf1\\ansi{\\object\\objocx}}",
        "eml": b"From: a@b.example\r\nSubject: x\r\n\r\nbody\r\n",
    }
    for name, content in things.items():
        for ending in ("csv", "mrc", "xml"):
            # Markup that holds no record, and nothing else, is a file without records.
            yield f"{name} as .{ending}", content, f"books.{ending}", None
    for ending in ("gif", "exe", "html", "svg", "php", "pdf", "xlsx"):
        yield f"a table as .{ending}", TABLE, f"books.{ending}", None
    yield "a table as MARC", TABLE, "books.mrc", None
    yield "a table as XML", TABLE, "books.xml", None
    yield "MARC as a table", (MARC / "one.dat").read_bytes(), "books.csv", None
    yield "MARC as XML", (MARC / "one.dat").read_bytes(), "books.xml", None
    yield "XML as MARC", collection(record()), "books.mrc", None
    yield "JSON as a table", (MARC / "one.json").read_bytes(), "books.csv", None


NAMES = {
    "up": "../../../../etc/cron.d/books.csv",
    "up, Windows": "..\\..\\..\\Windows\\books.csv",
    "absolute": "/etc/passwd.csv",
    "a drive": "C:\\autoexec.csv",
    "a share": "\\\\evil.example\\share\\books.csv",
    "two points": "..",
    "one point": ".",
    "hidden": ".htaccess.csv",
    "a NUL": "books.csv\x00.exe",
    "line breaks": "books.csv\r\nX-Evil: yes",
    "right to left": "books\u202evsc.exe.csv",
    "an isolate": "\u2066books\u2069.csv",
    "no width": "bo\u200boks\ufeff.csv",
    "300 letters": "b" * 300 + ".csv",
    "300 bytes": "\u00e9" * 150 + ".csv",
    "emoji": "\U0001f4da" * 120 + ".csv",
    "reserved": "CON.csv",
    "reserved port": "COM1.csv",
    "a stream": "books.csv::$DATA.csv",
    "quotes": '"books".csv',
    "a shell": "$(id);`id`|id&.csv",
    "a template": "{{7*7}}${7*7}%s{0}.csv",
    "markup": '"><script>window.xss=1</script>.csv',
    "SQL": "'; DROP TABLE core_file; --.csv",
    "half a pair": "books\udc80.csv",
    "bells": "bo\x07\x1boks.csv",
    "a formula": "=cmd|' /C calc'!A0.csv",
    "blanks": "   .csv",
    "percent": "%2e%2e%2fbooks.csv",
    "two endings": "books.php.csv",
}


def names():
    """A good table under bad names: it may be kept, and made one record of."""
    for label, name in NAMES.items():
        yield label, TABLE, name, 1


def polyglots():
    """What is two things at once."""
    script = b"/*" + TABLE + b"*/=1;alert(1)//"
    both = {
        "GIF and script": GIF.replace(b"\x01\x00\x01\x00", b"/*\x01\x00", 1) + script,
        "PDF and HTML": PDF + b"<html><script>alert(1)</script></html>",
        "HTML and PDF": b"<!--" + PDF + b"--><script>alert(1)</script>",
        "ZIP and PDF": PDF + zipped(**{"a.csv": TABLE}),
        "PNG and table": PNG + b"\n" + TABLE,
        "JPEG and PHP": b"\xff\xd8\xff\xfe\x00\x20<?php system('id'); ?>" + TABLE,
        "script and table": b"#!/bin/sh\n" + TABLE,
        "GIF and MARC": GIF + (MARC / "one.dat").read_bytes(),
        "table and XML": b"<x>" + TABLE + b"</x>",
        "SVG and MARCXML": b"<svg onload='alert(1)'>" + TABLE + b"</svg>",
        "gzip and ZIP": packed(zipped(a=TABLE)) + zipped(b=TABLE),
        "gzip and table": packed(PDF) + TABLE,
        "two gzips": packed(PDF) + packed(TABLE),
        "mail and table": b"Content-Type: text/html\r\n\r\n<script>alert(1)</script>\n" + TABLE,
    }
    for label, content in both.items():
        for ending in ("csv", "gif"):
            yield f"{label} as .{ending}", content, f"books.{ending}", None


def damaged():
    """Good files that were cut or in which bytes were changed: some of it may still be true."""
    random = Random(SEED)  # noqa: S311 (chance that can be repeated)
    sources = [MARC / name for name in ("one.dat", "marc8.dat", "multi_isbn.dat", "batch.xml")]
    sources += [MARC / "one.json", DATA / "library_branches_greater_manchester.csv"]
    for source in sources:
        whole, ending = source.read_bytes()[:40_000], source.suffix
        for nth in range(4):
            cut = whole[: random.randrange(1, len(whole))]
            yield f"{source.name} cut at {len(cut)}", cut, f"books{ending}", ANY
            changed = bytearray(whole)
            for _ in range(4**nth):
                changed[random.randrange(len(changed))] = random.randrange(256)
            yield f"{source.name} changed {nth}", bytes(changed), f"books{ending}", ANY
        yield f"{source.name} packed and cut", packed(whole)[:-20], f"books{ending}.gz", None
        torn = bytearray(packed(whole))
        torn[len(torn) // 2] ^= 0xFF
        yield f"{source.name} packed and torn", bytes(torn), f"books{ending}.gz", None


def tables():
    """Tables with formulas, odd signs, encodings and sizes."""
    formulas = HEAD + b"\"=cmd|' /C calc'!A0\",@SUM(A1),\n+1+1,-1+1,\n"
    yield "formulas", formulas, "books.csv", 2
    yield "a NUL", HEAD + b"Em\x00ma,Austen,\nPersuasion,Austen,\n", "books.csv", 1
    yield "a NUL in the heading", b"title,auth\x00ors\nEmma,Austen\n", "books.csv", None
    yield "bells", HEAD + b"Em\x07ma,Austen,\n", "books.csv", 0
    yield (
        "two encodings",
        HEAD + "Émile,Zola,\n".encode() + "Bébé,Zola,\n".encode("latin-1"),
        "b.csv",
        None,
    )
    yield "UTF-16 without mark", TABLE.decode().encode("utf-16-le"), "books.csv", None
    yield "UTF-16 and half a letter", TABLE.decode().encode("utf-16") + b"\x00", "books.csv", None
    yield "UTF-32", TABLE.decode().encode("utf-32"), "books.csv", None
    yield "nothing but a mark", b"\xef\xbb\xbf", "books.csv", None
    yield "nothing but a mark, UTF-16", b"\xff\xfe", "books.csv", None
    yield "nothing", b"", "books.csv", None
    yield "blanks", b" \n\n \n", "books.csv", None
    yield "half a pair in UTF-8", HEAD + b"Em\xed\xa0\x80ma,Austen,\n", "books.csv", None
    yield "a field of 2 MiB", HEAD + b"E" * 2 * MEGA + b",Austen,\n", "books.csv", 0
    yield "an author of 100,000 letters", HEAD + b"Emma," + b"A" * 100_000 + b",\n", "books.csv", 0
    yield "20,000 authors", b"title;authors\nEmma;" + b"A,B" * 20_000 + b"\n", "books.csv", 0
    yield (
        "5,000 columns",
        TABLE[:14] + b",c" + b",c".join(b"%d" % n for n in range(5000)) + b"\nE,A\n",
        "b.csv",
        None,
    )
    yield "one column 40,000 times", TABLE[:14] + b",c" * 40_000 + b"\n", "books.csv", None
    yield "an open quote", HEAD + b'"Emma,Austen,\n' * 100, "books.csv", 0
    yield "a year of 5,000 digits", b"title,authors,year\nEmma,A," + b"9" * 5000 + b"\n", "b.csv", 0
    yield "a year below any", b"title,authors,year\nEmma,A,-99999\n", "books.csv", 0
    yield "a publisher with a NUL", b"title,authors,publisher\nEmma,A,\x00\n", "books.csv", 0
    yield "a series that turns", b"title,authors,series\nEmma,A,\x1b[2J\n", "books.csv", 0
    yield (
        "a publisher of 50,000 letters",
        b"title,authors,publisher\nE,A," + b"p" * 50_000,
        "b.csv",
        0,
    )
    yield (
        "a number of 50,000 letters",
        b"control,title,authors\n" + b"9" * 50_000 + b",E,A\n",
        "b.csv",
        0,
    )
    yield "an ISBN of 50,000 digits", HEAD + b"Emma,Austen," + b"9" * 50_000 + b"\n", "books.csv", 0
    yield "a language of 9,000 letters", b"title,authors,language\nE,A," + b"e" * 9000, "b.csv", 0
    yield "unknown columns with formulas", b"=1+1;@x\n=2;3\n", "books.csv", 1
    yield "unknown columns with markup", b"<script>;b\n<b>;3\n", "books.csv", 1
    places = b"name,address,postcode,lon,lat,website\n"
    for label, lon in {"not a number": b"nan", "endless": b"inf", "off the map": b"1e308"}.items():
        yield f"a branch {label}", places + b"South,Road,1," + lon + b",1,\n", "books.csv", 0
    yield "a branch with a script", places + b"South,Road,1,1,1,javascript:alert(1)\n", "b.csv", 1
    yield "a branch of 50,000 letters", places + b"S" * 50_000 + b",Road,1,1,1,\n", "books.csv", 0
    yield "a branch with a bell", places + b"So\x07uth,Road,1,1,1,\n", "books.csv", 0


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
XML = {
    "laughing": f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]>',
    "quadratic": f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "{"a" * 50_000}">]>',
    "a file": '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>',
    "a page": '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l9 SYSTEM "http://127.0.0.1:9/">]>',
    "parameters": '<!DOCTYPE r [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>',
    "a foreign DTD": '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/evil.dtd">',
    "a public DTD": '<!DOCTYPE r PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://127.0.0.1:9/">',
    "an unknown encoding": '<?xml version="1.0" encoding="no-such-thing"?>',
    "an encoding of many bytes": '<?xml version="1.0" encoding="utf-7"?>',
    "an encoding that decodes nothing": '<?xml version="1.0" encoding="base64"?>',
    "a stylesheet": '<?xml-stylesheet href="javascript:alert(1)"?><!DOCTYPE r>',
}


def markup():
    """MARCXML with document types, entities and depth; records in JSON that are none."""
    for label, before in XML.items():
        yield label, collection(record("&l9;"), before=before), "books.xml", None
    deep = b"<a>" * 200_000
    yield "200,000 levels", deep, "books.xml", None
    yield "200,000 levels that close", deep + b"</a>" * 200_000, "books.xml", None
    yield (
        "100,000 attributes",
        b"<r " + b" ".join(b'a%d=""' % n for n in range(100_000)) + b"/>",
        "b.xml",
        None,
    )
    yield (
        "an inclusion",
        collection(
            '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'
        ),
        "b.xml",
        None,
    )
    yield (
        "records in a record",
        collection("<record>" * 1000 + record() + "</record>" * 1000),
        "b.xml",
        1,
    )
    yield (
        "UTF-16 with a DTD",
        collection(record("&l9;"), before=XML["a file"]).decode().encode("utf-16"),
        "b.xml",
        None,
    )
    yield "5,000 digits to skip", collection(record(indicator="9" * 5000)), "books.xml", 1
    yield "30 digits to skip", collection(record(indicator="9" * 30)), "books.xml", 1
    yield "no indicators", collection(record().replace('ind2="0"', "")), "books.xml", 1
    yield "an empty indicator", collection(record(indicator="")), "books.xml", 1
    yield "many newlines in a text", collection(record("a\n" * 500_000)), "books.xml", 0
    control = '<controlfield tag="001">{}</controlfield>'
    yield (
        "a number of 50,000 letters",
        collection(record(controls=control.format("9" * 50_000))),
        "b.xml",
        0,
    )
    note = '<datafield tag="520" ind1=" " ind2=" "><subfield code="a">{}</subfield></datafield>'
    yield "a note of 3 MiB", collection(record(inside=note.format("n" * 3 * MEGA))), "books.xml", 0
    subject = note.replace("520", "650")
    yield (
        "a subject of 50,000 letters",
        collection(record(inside=subject.format("s" * 50_000))),
        "b.xml",
        0,
    )
    yield (
        "20,000 subjects",
        collection(record(inside="".join(subject.format(n) for n in range(20_000)))),
        "b.xml",
        0,
    )
    for label, told in JSON.items():
        yield f"JSON: {label}", told.encode(), "books.json", 1


def entry(title='"Emma"', *, one='"0"', leader='"00000nam a2200000 a 4500"', more=""):
    """Return one record of MARC-in-JSON, each part as it is written."""
    field = f'{{"245": {{"ind1": "1", "ind2": {one}, "subfields": [{{"a": {title}}}]}}}}'
    return f'{{"leader": {leader}, "fields": [{field}{more}]}}'


JSON = {
    "100,000 levels": "[" * 100_000,
    "100,000 objects": '{"a":' * 100_000,
    "a number of 5,000 digits": '{"a": ' + "9" * 5000 + "}",
    "an indicator that is a number": entry(one="5"),
    "an indicator that is nothing": entry(one="null"),
    "an indicator that is a list": entry(one="[]"),
    "an indicator of 5,000 digits": entry(one='"' + "9" * 5000 + '"'),
    "half a pair": entry('"Em\\ud800ma"'),
    "a NUL": entry('"Em\\u0000ma"'),
    "a title that is a list": entry("[1]"),
    "a leader that is a list": entry(leader="[]"),
    "fields that are texts": '{"leader": "", "fields": ["245"]}',
    "fields that are nothing": '{"fields": null}',
    "not a number": '{"fields": [NaN, Infinity]}',
    "a prototype": '{"__proto__": {"x": 1}, "fields": []}',
    "half a pair in a note": entry(more=', {"520": {"subfields": [{"a": "\\ud800"}]}}'),
    "a NUL in a note": entry(more=', {"520": {"subfields": [{"a": "x\\u0000"}]}}'),
    "a NUL in a number": entry(more=', {"001": "x\\u0000"}'),
    "a NUL in a subject": entry(more=', {"650": {"subfields": [{"a": "x\\u0000"}]}}'),
    "a NUL in a dated name": entry(more=', {"100": {"subfields": [{"a": "A"}, {"d": "\\u0000"}]}}'),
    "a NUL in an ISBN": entry(more=', {"020": {"subfields": [{"a": "x\\u0000"}]}}'),
    "a code that is long": entry(more=', {"500": {"subfields": [{"' + "a" * 9000 + '": "x"}]}}'),
}


def iso():
    """ISO 2709 whose leader and directory lie."""
    one = (MARC / "one.dat").read_bytes()
    lies = {
        "a length of zero": b"00000" + one[5:],
        "a length of 99999": b"99999" + one[5:],
        "no length": b"     " + one[5:],
        "signs as a length": b"+0100" + one[5:],
        "a base in the leader": one[:12] + b"00010" + one[17:],
        "a base behind the end": one[:12] + b"99999" + one[17:],
        "a base that is text": one[:12] + b"ABCDE" + one[17:],
        "lengths of fields that lie": one[:27] + b"9999" + one[31:],
        "places of fields that lie": one[:31] + b"99999" + one[36:],
        "a place below nothing": one[:31] + b"-0001" + one[36:],
        "a tag of control signs": one[:24] + b"\x00\x01\x02" + one[27:],
        "no directory": one[:24] + b"\x1e\x1d",
        "only ends": b"\x1d" * 1000,
        "only a leader": one[:24],
        "a wrong encoding": one[:9] + b"a" + one[10:].replace(b"e", b"\xff", 5),
        "escapes of MARC-8": one.replace(b"ActiveP", b"\x1b(3\x1b$1!"),
        "two ends": one[:-1] + b"\x1e\x1d\x1d\x1d",
        "a record in a record": one[:-1] + one,
    }
    for label, content in lies.items():
        yield label, content, "books.mrc", 1


def bodies():
    """Multipart bodies that break their own rules."""
    seam = "multipart/form-data; boundary=seam"
    head = b'--seam\r\nContent-Disposition: form-data; name="file"; filename="b.csv"\r\n\r\n'
    whole = head + TABLE + b"\r\n--seam--\r\n"
    part = b'--seam\r\nContent-Disposition: form-data; name="p%d"\r\n\r\nx\r\n'
    broken = {
        "no boundary": (whole, "multipart/form-data"),
        "an empty boundary": (whole, "multipart/form-data; boundary="),
        "another boundary": (whole, "multipart/form-data; boundary=other"),
        "a boundary of 5,000 signs": (whole, "multipart/form-data; boundary=" + "s" * 5000),
        "a boundary that is no text": (whole, 'multipart/form-data; boundary="\x7f\xff"'),
        "no end": (head + TABLE, seam),
        "nothing": (b"", seam),
        "only the end": (b"--seam--\r\n", seam),
        "2,000 parts": (b"".join(part % n for n in range(2000)) + whole, seam),
        "headers of 100 KiB": (head[:-2] + b"X: " + b"h" * 102_400 + b"\r\n\r\n" + TABLE, seam),
        "5,000 headers": (head[:-2] + b"X: y\r\n" * 5000 + b"\r\n" + TABLE + b"\r\n--seam--", seam),
        "a header without a colon": (
            head[:-2] + b"nothing\r\n\r\n" + TABLE + b"\r\n--seam--",
            seam,
        ),
        "a header that folds": (head[:-2] + b" folded\r\n\r\n" + TABLE, seam),
        "no name": (whole.replace(b'; name="file"', b""), seam),
        "a field of text": (whole.replace(b'; filename="b.csv"', b""), seam),
        "an empty name": (whole.replace(b'filename="b.csv"', b'filename=""'), seam),
        "a text of 600,000 bytes": (part % 1 + b"x" * 600_000 + b"\r\n" + whole, seam),
        "another kind": (TABLE, "text/csv"),
        "JSON": (json.dumps({"file": "x"}).encode(), "application/json"),
        "parts in parts": (whole, "multipart/mixed; boundary=seam"),
        "an unknown charset": (whole, seam + "; charset=no-such-thing"),
        "22 MiB": (head + bytes(22 * MEGA) + b"\r\n--seam--\r\n", seam),
        "a form of 600,000 bytes": (b"a=" + b"x" * 600_000, "application/x-www-form-urlencoded"),
        "1,500 fields": (
            b"&".join(b"a=1" for _ in range(1500)),
            "application/x-www-form-urlencoded",
        ),
    }
    odd = {"5,000 headers", "a header without a colon", "an unknown charset"}  # Yet whole.
    for label, (body, kind) in broken.items():
        yield Sent("bodies", label, kept=1 if label in odd else None, body=body, kind=kind)
    for share in (0.2, 0.5, 0.9, 0.99):
        cut = int(len(whole) * share)
        yield Sent("bodies", f"cut at {cut}", body=whole[:cut], kind=seam, length=len(whole))


FIGURES = {
    "groups without end": ISSUES + b"".join(b"2020-01,a%d,DVD,1,0\n" % n for n in range(2000)),
    "two columns of one name": ISSUES.replace(b"renewals", b"issues") + b"2020-01,D,DVD,1,0\n",
    "a heading of 900 KiB": b"a" * 900_000 + b",b\n1,2\n",
    "1,500 columns": b",".join(b"c%d" % n for n in range(1500)) + b"\n",
    "no line that can be read": ISSUES + b"2020-01\n" * 50,
    "a NUL in each line": ISSUES + b"2020-01,D\x00,DVD,1,0\n" * 50,
}


def figures():
    """Figures that could not be summed, for the page that sums."""
    for label, content in FIGURES.items():
        yield label, content, "figures.csv", None


GROUPS = {
    "bombs": bombs,
    "types": types,
    "names": names,
    "polyglots": polyglots,
    "damaged": damaged,
    "tables": tables,
    "markup": markup,
    "iso": iso,
    "figures": figures,
}


@cache
def hostile(group):
    """Return every hostile file of a group, in order."""
    if group == "bodies":
        return list(bodies())
    made = GROUPS[group]()
    return [Sent(group, label, content, name, kept) for label, content, name, kept in made]


@cache
def benign():
    """Return files that must be taken, with how many records each brings."""
    plain = [
        ("one.dat", "one.mrc", 1),
        ("marc.dat", "marc.dat", 20),
        ("marc8.dat", "marc8.iso", 1),
        ("multi_isbn.dat", "many.marc", 1),
        ("one.json", "one.json", 1),
        ("batch.xml", "batch.xml", 2),
    ]
    found = []
    for source, name, count in plain:
        content = (MARC / source).read_bytes()
        found += [
            Sent("benign", name, content, name, count),
            Sent("benign", f"{name}.gz", packed(content), f"{name}.gz", count),
            Sent("benign", f"{name} in capitals", content, name.upper(), count),
        ]
    found += [
        Sent("benign", label, content, name, 1)
        for label, content, name in (*_tables(), *_records())
    ]
    return found


def _tables():
    names = (
        "books.csv",
        "books.tsv",
        "books.txt",
        "books",
        "Bücher von Émile.csv",
        "本.csv",
        "a" * 240 + ".csv",
    )
    yield from ((f"under the name {name[:20]}", TABLE, name) for name in names)
    text = TABLE.decode()
    for sign in (",", ";", "\t"):
        yield f"parted by {sign!r}", text.replace(",", sign).encode(), "books.csv"
    yield "with a mark", b"\xef\xbb\xbf" + TABLE, "books.csv"
    yield "lines of Windows", text.replace("\n", "\r\n").encode(), "books.csv"
    yield "no last line break", TABLE.rstrip(), "books.csv"
    yield "packed", packed(TABLE), "books.csv.gz"
    titles = {
        "quoted commas": b'"Pride, and Prejudice"',
        "quoted quotes": b'"The ""Emma"" book"',
        "a line break": b'"Emma\nA Novel"',
        "Greek": "Ἰλιάς".encode(),
        "Arabic": "ألف ليلة وليلة".encode(),
        "Chinese": "紅樓夢".encode(),
        "emoji": "Emma \U0001f4da".encode(),
        "markup": b"<b>Emma</b> & <i>Jane</i>",
        "a formula": b"'=1+1",
        "a minus": b"-273 degrees",
        "950 letters": b"E" * 950,
        "a script by name": b"javascript: the good parts",
        "braces": b"{{ templates }} and %s",
        "SQL": b"Robert'); DROP TABLE students;--",
    }
    for label, title in titles.items():
        yield f"a title with {label}", HEAD + title + b",Jane Austen,\n", "books.csv"
    yield (
        "all columns",
        (
            b"control,title,subtitle,original_title,authors,year,isbn,language,publisher,edition,"
            b"series,description\n1,Emma,A novel,Emma,Jane Austen,1815,0-375-70402-7,eng,Murray,"
            b"1st,Novels,A long story\n"
        ),
        "books.csv",
    )
    yield "before Christ", b"title,authors,year\nIliad,Homer,-720\n", "books.csv"


def _records():
    yield "plain MARCXML", collection(record()), "books.xml"
    yield "packed MARCXML", packed(collection(record())), "books.xml.gz"
    yield "entities of XML itself", collection(record("Emma &amp; Jane &#233;")), "books.xml"
    yield "a comment", collection("<!-- ours -->", record()), "books.xml"
    yield "parts of CDATA", collection(record("<![CDATA[Emma <1815>]]>")), "books.xml"
    yield (
        "Latin-1",
        collection(record("Émile"), before='<?xml version="1.0" encoding="iso-8859-1"?>')
        .decode()
        .encode("latin-1"),
        "books.marcxml",
    )
    yield "a record alone", record().encode(), "books.xml"
    yield "two lines of JSON", (entry() + "\n").encode(), "books.json"
    yield "a list of JSON", f"[{entry()}]".encode(), "books.json"
    yield "JSON with letters written out", entry('"\\u00c9mile"').encode(), "books.json"
    yield "a name with blanks around", TABLE, " books.csv "


PUBLISHED = [
    Sent("benign", path.name, path.read_bytes(), path.name)
    for path in sorted(DATA.glob("librarieswest_*"))
]
