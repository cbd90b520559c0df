"""A plain HTTP client of the stand-in, for its own tests and for readers of its state."""

import time
from typing import Any

import jwt
import requests

from tests.standin.traffic import HANDS


class Client:
    """Requests to one API with one token; answers are those of ``requests``.

    It is not the App: with the default ``agent`` nobody minds how fast it creates content.
    """

    def __init__(self, url: str, token: str, agent: str = HANDS) -> None:
        self.url = url
        self.headers = {"Authorization": f"Bearer {token}", "User-Agent": agent}

    def get(self, path: str, **query: Any) -> requests.Response:
        """GET ``path`` (or a whole address, as a Link header has it)."""
        return self.send("GET", path, params=query)

    def post(self, path: str, **body: Any) -> requests.Response:
        """POST ``body`` as JSON."""
        return self.send("POST", path, json=body)

    def patch(self, path: str, **body: Any) -> requests.Response:
        """PATCH ``body`` as JSON."""
        return self.send("PATCH", path, json=body)

    def delete(self, path: str) -> requests.Response:
        """DELETE ``path``."""
        return self.send("DELETE", path)

    def send(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> requests.Response:
        """Send any request; ``headers`` are laid over the client's own."""
        address = path if path.startswith("http") else self.url + path
        sent = self.headers | (headers or {})
        return requests.request(method, address, headers=sent, timeout=30, **more)

    def pages(self, path: str, **query: Any) -> list[Any]:
        """Return the items of all pages of a list, 100 a page; the status must be 200."""
        answer = self.get(path, per_page=100, **query)
        found: list[Any] = []
        while True:
            answer.raise_for_status()
            found += answer.json()
            following = answer.links.get("next")
            if following is None:
                return found
            answer = self.get(following["url"])


def app_token(app_id: int, private_key: str, **claims: Any) -> str:
    """Return the JWT of an App, good for five minutes; ``claims`` replace its own."""
    now = int(time.time())
    known = {"iat": now - 30, "exp": now + 300, "iss": str(app_id)}
    return jwt.encode(known | claims, private_key, algorithm="RS256")
