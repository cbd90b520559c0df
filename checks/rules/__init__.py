"""The rules: one folder a category, one file a rule, discovered by ``checks.catalogue``."""
