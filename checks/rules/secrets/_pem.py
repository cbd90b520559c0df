"""Private keys in PEM: is the body a whole key, and is it encrypted? (RFC 7468, PROTOCOL.key)"""

import base64
import re
from collections.abc import Iterator
from enum import Enum

_PEM = re.compile(
    r"-----BEGIN (?P<kind>(?:[A-Z]{2,9} )?PRIVATE KEY)-----(?P<body>.+?)-----END (?P=kind)-----",
    re.DOTALL,
)
_HEADER_LINE = re.compile(r"[A-Za-z-]+:.*")
_INTEGER, _OCTETS, _SEQUENCE = 0x02, 0x04, 0x30
_OPENSSH = b"openssh-key-v1\0"
# Numbers in the sequence of an RSA key (RFC 8017, A.1.2) and of OpenSSL's DSA key.
_NUMBERS = {9, 6}


class Key(Enum):
    """What a text holds of a private key."""

    NONE = "none"
    PLAIN = "plain"
    ENCRYPTED = "encrypted"


def key_in(text: str) -> Key:
    """Whether *text* holds a private key whose body decodes; a truncated or made-up one is none."""
    answers = {_key(found["kind"], found["body"]) for found in _PEM.finditer(text)}
    return next((key for key in (Key.PLAIN, Key.ENCRYPTED) if key in answers), Key.NONE)


def _key(kind: str, body: str) -> Key:
    # Keys also stand in JSON or shell samples, where a line ends in a written "\n".
    lines = [line.strip() for line in body.replace("\\n", "\n").split("\n")]
    if any(line.startswith("Proc-Type:") and "ENCRYPTED" in line for line in lines):
        return Key.ENCRYPTED
    try:
        text = "".join(line for line in lines if not _HEADER_LINE.fullmatch(line))
        octets = base64.b64decode(text, validate=True)
    except ValueError:
        return Key.NONE
    if kind.startswith("OPENSSH"):
        return _openssh(octets)
    return _asn1(octets, encrypted=kind.startswith("ENCRYPTED"))


def _openssh(octets: bytes) -> Key:
    if not octets.startswith(_OPENSSH):
        return Key.NONE
    fields = list(_strings(octets[len(_OPENSSH) :], 3))
    if len(fields) < 3 or len(octets) < 200:
        return Key.NONE
    return Key.PLAIN if fields[0] == b"none" else Key.ENCRYPTED


def _strings(octets: bytes, count: int) -> Iterator[bytes]:
    """The first *count* strings, each after its length in four octets."""
    for _ in range(count):
        length = int.from_bytes(octets[:4], "big")
        if len(octets) < 4 + length:
            return
        yield octets[4 : 4 + length]
        octets = octets[4 + length :]


def _asn1(octets: bytes, *, encrypted: bool) -> Key:
    outer = _elements(octets)
    if len(outer) != 1 or outer[0][0] != _SEQUENCE:
        return Key.NONE
    tags = [tag for tag, _ in _elements(outer[0][1])]
    if encrypted:
        return Key.ENCRYPTED if tags == [_SEQUENCE, _OCTETS] else Key.NONE
    numbers = len(tags) in _NUMBERS and set(tags) == {_INTEGER}
    pkcs8 = tags[:3] == [_INTEGER, _SEQUENCE, _OCTETS]
    sec1 = tags[:2] == [_INTEGER, _OCTETS]
    return Key.PLAIN if numbers or pkcs8 or sec1 else Key.NONE


def _elements(octets: bytes) -> list[tuple[int, bytes]]:
    """Tag and content of each DER element; an empty list when they do not fill *octets* exactly."""
    found = []
    while octets:
        if len(octets) < 2:
            return []
        tag, length, start = octets[0], octets[1], 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(octets[2:start], "big")
        if length == 0 or len(octets) < start + length:
            return []
        found.append((tag, octets[start : start + length]))
        octets = octets[start + length :]
    return found
