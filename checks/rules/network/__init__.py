"""Network security: the category's title, meaning and evidence."""

from checks.api import CategoryInfo
from checks.rules.network import _evidence

category = CategoryInfo(
    title="Network security",
    meaning="Whom the tests contact, and how the connection is protected.",
)
category.collects(_evidence.contacted)
category.collects(_evidence.clients)
category.collects(_evidence.interceptors)
category.collects(_evidence.servers)
category.collects(_evidence.tls)
