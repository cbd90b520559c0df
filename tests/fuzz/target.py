"""One target under atheris: ``python -m tests.fuzz.target NAME FOLDER [libFuzzer's options]``."""

import importlib
import random
import sys
from pathlib import Path
from types import ModuleType

HANGS = 10
"""Seconds after which one input counts as a crash."""


def named(name: str) -> ModuleType:
    """The module of a target."""
    return importlib.import_module(f"tests.fuzz.{name}")


def again(name: str, file: str) -> None:
    """Show what happens with one input, without a fuzzer around it."""
    named(name).one(Path(file).read_bytes())


def main() -> None:
    """Give the target inputs, beginning with its seeds, until libFuzzer's options say stop."""
    import atheris  # Nobody has it who does not fuzz.

    name, folder, *options = sys.argv[1:]
    with atheris.instrument_imports(include=["checks", "reviewer", "unidiff"]):
        target = named(name)
    for number, seed in enumerate(target.seeds()):
        Path(folder, f"{number:05}").write_bytes(seed)

    def mutated(data: bytes, most: int, seed: int) -> bytes:
        chance = random.Random(seed)
        if chance.random() < target.BLIND:
            return bytes(atheris.Mutate(data, most))
        return bytes(target.mutated(data, most, chance))

    limits = [f"-max_len={target.LONGEST}", f"-timeout={HANGS}", "-rss_limit_mb=2048"]
    atheris.Setup([sys.argv[0], folder, *limits, *options], target.one, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
