"""What ``gunicorn -c gunicorn.conf.py app:app`` reads; the reasons are in reviewer/web.py."""

import sys

from reviewer.settings import SettingsError, load
from reviewer.web import options

try:
    globals().update(options(load()))
except SettingsError as error:
    sys.stderr.write(f"secreview: {error}\n")
    sys.exit(2)
