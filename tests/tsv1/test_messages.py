"""Transcripts, canonical JSON and credentials, as they are published."""

from hashlib import sha256

import pytest

from tsv1 import canonical, credentials, encoding, transcript


def test_transcripts(vectors):
    for published in vectors["transcript"]:
        fields = [bytes.fromhex(field) for field in published["fields"]]
        tag = published["tag"]
        assert transcript.transcript(tag, *fields).hex() == published["bytes"]
        assert transcript.h32(tag, *fields).hex() == published["h32"]
        assert encoding.encode_scalar(transcript.hs(tag, *fields)).hex() == published["hs"]


def test_two_fields_never_read_as_one():
    said = {
        transcript.transcript(*fields) for fields in (("t", b"ab"), ("t", b"a", b"b"), ("tab",))
    }
    assert len(said) == 3


def test_canonical_json(vectors):
    published = vectors["canonical"]
    raw = bytes.fromhex(published["utf8_hex"])
    assert sha256(raw).hexdigest() == published["sha256"]
    assert canonical.write(canonical.parse(raw)) == raw


def test_hashes_of_messages(vectors):
    setup, ceremony = vectors["setup"], vectors["ceremony"]
    assert transcript.h32("setup", canonical.write(setup["json"])).hex() == setup["hash"]
    hashed = transcript.h32("ceremony", canonical.write(ceremony)).hex()
    assert hashed == setup["json"]["trustees"]["ceremony"]
    for ballot in vectors["ballots"]:
        body = {key: value for key, value in ballot["json"].items() if key != "signature"}
        digest = transcript.h32("ballot-body", canonical.write(body))
        assert digest.hex() == ballot["body_hash"]
        assert credentials.crockford(digest[:15]) == ballot["tracker"]


def test_control_characters_are_escaped_as_rfc_8785_says():
    told = canonical.write({"a": "\x00\b\t\n\f\r\x1f\x7f\u2028/"})
    assert told == b'{"a":"\\u0000\\b\\t\\n\\f\\r\\u001f\x7f\xe2\x80\xa8/"}'


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"1",
        b"{",
        b'{"a":1}{}',
        b'{"a":1,"a":1}',
        b'{"b":{"a":1,"a":1}}',
        b'{"a":null}',
        b'{"a":1.0}',
        b'{"a":1e3}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-1}',
        b'{"a":9007199254740992}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"A":1}',
        b'{"":1}',
        b'{"a":"e\xcc\x81"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\xff"}',
        b"\xef\xbb\xbf{}",
        b'{"a":"\t"}',
        b'{"a":' * 12 + b"[]" + b"}" * 12,
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_what_no_message_holds_is_refused(raw):
    with pytest.raises(canonical.NotAllowed):
        canonical.parse(raw)


def test_twelve_levels_are_allowed():
    raw = b'{"a":' * 11 + b"{}" + b"}" * 11
    assert canonical.write(canonical.parse(raw)) == raw


def test_the_size_is_bounded():
    raw = canonical.write({"a": "b" * 93})
    assert len(raw) == 101
    assert canonical.parse(raw, 101)
    with pytest.raises(canonical.NotAllowed):
        canonical.parse(raw, 100)


@pytest.mark.parametrize("value", [{"a": 0.5}, {"a": None}, {"a": -1}, {"a": (1,)}, {"a": b"x"}])
def test_what_no_message_holds_is_not_written(value):
    with pytest.raises(canonical.NotAllowed):
        canonical.write(value)


def test_tokens(vectors):
    election = vectors["setup"]["json"]["election"]
    for published in vectors["credentials"]:
        token = credentials.read_token(published["token"])
        secret = credentials.secret_of(election, token)
        assert encoding.encode_scalar(secret).hex() == published["secret"]
        assert credentials.public_of(secret).hex() == published["public"]


def test_a_token_is_read_however_it_is_typed(vectors):
    token = vectors["credentials"][0]["token"]
    shown = credentials.show_token(token)
    assert shown == "ABCDE-FGHJK-MNPQR-STVWX-YZ01M"
    for typed in (shown, shown.lower(), shown.replace("-", " "), shown.replace("01M", "OIM")):
        assert credentials.read_token(typed) == token
    assert credentials.read_token(shown.replace("1M", "lM")) == token


@pytest.mark.parametrize("typed", ["", "ABCDE", "ABCDEFGHJKMNPQRSTVWXYZ01N", "U" * 25, "é" * 25])
def test_a_mistyped_token_is_noticed(typed):
    with pytest.raises(credentials.MistypedToken):
        credentials.read_token(typed)


def test_a_drawn_token_is_read_back():
    drawn = {credentials.draw_token() for _ in range(50)}
    assert len(drawn) == 50
    assert {credentials.read_token(credentials.show_token(token)) for token in drawn} == drawn
