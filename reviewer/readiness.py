"""Is this installation fit to work? The same questions for ``/readyz`` and ``doctor``."""

import time
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from reviewer import store
from reviewer.settings import Settings

# A worker beats every 2 seconds; one that pauses is not missed at once.
WORKER_SECONDS = 15.0
CLOCK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Line:
    """One answer: ``said`` tells what was found, and what to do where it is not ``ok``."""

    name: str
    ok: bool
    said: str


def key(settings: Settings) -> Line:
    """Does the private key parse, and does it sign?"""
    pem = settings.private_key.get_secret_value().encode()
    private_key = load_pem_private_key(pem, password=None)
    assert isinstance(private_key, RSAPrivateKey)
    signature = private_key.sign(b"secreview", PKCS1v15(), SHA256())
    private_key.public_key().verify(signature, b"secreview", PKCS1v15(), SHA256())
    return Line("key", ok=True, said=f"RSA, {private_key.key_size} bits, signs")


def database(engine: Engine) -> Line:
    """Does the database take writes, and does it hold our tables?"""
    kind = engine.dialect.name
    try:
        with engine.begin() as tx:
            version = store.check_writable(tx)
    except SQLAlchemyError as error:
        reason = type(getattr(error, "orig", None) or error).__name__
        todo = "is it up, and was `secreview migrate` run?"
        return Line("database", ok=False, said=f"{kind} does not take writes ({reason}): {todo}")
    return Line("database", ok=True, said=f"{kind}, tables of version {version}")


def worker(engine: Engine) -> Line:
    """Was a worker seen lately?"""
    try:
        with engine.connect() as tx:
            seen = len(store.alive(tx, WORKER_SECONDS))
    except SQLAlchemyError:
        return Line("worker", ok=False, said="not known while the database is away")
    if seen:
        return Line("worker", ok=True, said=f"{seen} alive")
    todo = "start `secreview worker` with the same DATABASE_URL or SECREVIEW_DATA"
    return Line("worker", ok=False, said=f"none seen in the last {WORKER_SECONDS:.0f} s: {todo}")


def clock(engine: Engine) -> Line:
    """Does this host's clock agree with the database's? GitHub refuses tokens of another time."""
    try:
        with engine.connect() as tx:
            apart = time.time() - store.now(tx)
    except SQLAlchemyError:
        return Line("clock", ok=False, said="cannot be compared while the database is away")
    if abs(apart) <= CLOCK_SECONDS:
        return Line("clock", ok=True, said=time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()))
    todo = "set both by a time server, or GitHub will refuse our tokens"
    return Line("clock", ok=False, said=f"{apart:+.0f} s from the database's clock: {todo}")
