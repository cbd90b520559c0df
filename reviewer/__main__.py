"""``python -m reviewer`` is ``secreview``."""

from reviewer.cli import main

main()
