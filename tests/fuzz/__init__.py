"""Coverage-guided inputs for what reads strangers' bytes: ``make fuzz``.

A target is a module with ``seeds()``, ``one(data)``, which raises where an answer is wrong, and
``mutated(data, most, chance)``; ``LONGEST`` is the bytes of an input, ``BLIND`` the share of
mutations that know nothing of its form. ``target`` alone imports atheris, when it runs one.
"""
