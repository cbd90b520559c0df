"""``python -m reviewer.setup FD``: be setup on that socket; of ``secreview serve``."""

import socket
import sys

from reviewer import log
from reviewer.settings import load_unregistered
from reviewer.setup.server import run

if __name__ == "__main__":
    log.configure()
    run(load_unregistered(), socket.socket(fileno=int(sys.argv[1])))
