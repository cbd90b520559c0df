"""The App's private key in the forms that environment variables carry it in."""

import base64
import binascii
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

# No key is near it; what is longer is a mistake, or has no end.
LONGEST_FILE = 64 * 1024

UNREAD = "{reason}; {todo}"
DENIED = "give the user that runs secreview the right to read it"
ABSENT = "give the path of the .pem file that GitHub let you download"
UNUSABLE = f"that file cannot be used ({{reason}}); {ABSENT}, or make a new key on the App's page"


def from_file(path: Path) -> str:
    """The RSA private key in the file at *path*, as PEM.

    Raises:
        ValueError: it cannot be read, or is none: what is wrong, and what to do. The message
            never holds any of it.
    """
    try:
        with path.expanduser().open("rb") as file:
            content = file.read(LONGEST_FILE + 1)
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "that is no path"
        todo = DENIED if isinstance(error, PermissionError) else ABSENT
        raise ValueError(UNREAD.format(reason=reason, todo=todo)) from None
    try:
        return pem(_text(content))
    except ValueError as error:
        raise ValueError(UNUSABLE.format(reason=error)) from None


def _text(content: bytes) -> str:
    """A key file's bytes as text."""
    if len(content) > LONGEST_FILE:
        raise ValueError("it is far too long for a key")
    if not content.isascii():
        raise ValueError("it is not a PEM text file")
    return content.decode("ascii")


def pem(text: str) -> str:
    r"""The RSA private key in *text* (PEM, ``\n``-escaped PEM, base64 of PEM) as PEM.

    Raises:
        ValueError: it is none; the message never holds any of it.
    """
    key = text.strip().strip("\"'").replace("\\n", "\n").strip()
    if not key:
        raise ValueError("there is nothing in it")
    if not key.startswith("-----BEGIN"):
        key = _from_base64(key)
    try:
        private_key = parsed(key + "\n")
    except TypeError:
        raise ValueError("the key has a passphrase; GitHub's own keys have none") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("the PEM text is damaged or is no private key") from None
    if isinstance(private_key, RSAPrivateKey):
        return key + "\n"
    raise ValueError("the key is no RSA key, as GitHub's are")


@lru_cache(2)
def parsed(pem_text: str) -> PrivateKeyTypes:
    """The key behind PEM text; once a process, since that takes longer than a signature.

    Raises:
        TypeError: it has a passphrase.
        ValueError, UnsupportedAlgorithm: it is damaged, or none.
    """
    return load_pem_private_key(pem_text.encode(), password=None)


def _from_base64(text: str) -> str:
    """The PEM text behind base64."""
    if Path(text[:255]).suffix == ".pem":
        raise ValueError("it looks like a path; put that into GITHUB_PRIVATE_KEY_PATH")
    try:
        decoded = base64.b64decode("".join(text.split()), validate=True).decode("ascii").strip()
    except (binascii.Error, ValueError):
        decoded = ""
    if not decoded.startswith("-----BEGIN"):
        raise ValueError(f"{len(text)} characters that are neither PEM nor base64 of PEM")
    return decoded
