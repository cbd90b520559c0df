"""What nobody wishes a server: killed, lied to, hurried and repeated; and what is still true.

``python -m tests.torture`` (``make torture``) runs it all, from a seed. The App is started as users
start it, on the embedded database and on a real PostgreSQL; GitHub is the stand-in.
"""
