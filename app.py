"""secreview, the GitHub App: the WSGI entry. Wiring only, from top to bottom.

``gunicorn -c gunicorn.conf.py app:app`` serves it; ``secreview serve`` starts that and a
worker. Reviews are made by the worker (``secreview worker``), which shares the database.
"""

from reviewer import log, settings
from reviewer.receiver import create_app
from reviewer.work import Queue

log.configure()
configuration = settings.load()
queue = Queue(configuration)
app = create_app(configuration, queue)
