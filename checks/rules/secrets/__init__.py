"""Hardcoded and sensitive information: the category's title, meaning and evidence."""

from checks.api import CategoryInfo
from checks.rules.secrets import _evidence

category = CategoryInfo(
    title="Hardcoded and sensitive information",
    meaning="Which hosts, addresses and credentials stand in the code.",
)
category.collects(_evidence.started_hosts)
category.collects(_evidence.named_hosts)
category.collects(_evidence.addresses)
category.collects(_evidence.credential_literals, masks=True)
category.collects(_evidence.no_credential_literal)
category.collects(_evidence.credentials_from_outside)
