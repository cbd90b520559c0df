"""The App's private key in the forms that environment variables carry it in."""

import base64
import binascii
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key


def pem(text: str) -> str:
    r"""The RSA private key in *text* (PEM, ``\n``-escaped PEM, base64 of PEM) as PEM.

    Raises:
        ValueError: it is none; the message never holds any of it.
    """
    key = text.strip().strip("\"'").replace("\\n", "\n").strip()
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
