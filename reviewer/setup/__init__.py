"""Registering the App in a browser, once: GitHub's manifest flow, from no credentials to all.

``secreview serve`` without credentials runs :mod:`reviewer.setup.server` in place of the web
process, ``secreview setup`` runs it by itself. What a person does, and what does it:

===================================== ======================================================
opens the link from the terminal      :mod:`access <reviewer.setup.access>`: token -> cookie
says whose App it is, and where       :mod:`choice <reviewer.setup.choice>`: a form -> Choice
looks at what is asked for, creates   :mod:`manifest <reviewer.setup.manifest>`: -> GitHub
comes back                            :mod:`conversion <reviewer.setup.conversion>`: code -> key
(nothing: it is kept)                 :mod:`keeping <reviewer.setup.keeping>`: -> ``app.env``
installs it, requires the check       :mod:`closing <reviewer.setup.closing>`: the App's page
===================================== ======================================================

:mod:`pages <reviewer.setup.pages>` are the routes. Everything here lives in one process and
in its memory, until the credentials are kept; then the process ends and so does setup.
"""
