"""What a reader of GitHub sees: a pull request, read back through the REST API alone."""

from dataclasses import dataclass
from typing import Any

import requests


@dataclass(frozen=True)
class Reader:
    """Reads one pull request through the API at *url* with a token."""

    url: str
    token: str
    repository: str
    number: int

    def get(self, path: str, accept: str = "application/vnd.github+json") -> Any:
        """The decoded answer of one GET below the repository; raises on an error status."""
        answer = requests.get(
            f"{self.url}/repos/{self.repository}/{path}",
            headers={"Authorization": f"Bearer {self.token}", "Accept": accept},
            timeout=10,
        )
        answer.raise_for_status()
        return answer.json()

    def pull(self) -> Any:
        """The pull request itself."""
        return self.get(f"pulls/{self.number}")

    def check_runs(self) -> list[Any]:
        """All check runs of the head commit, newest first."""
        head = self.pull()["head"]["sha"]
        runs = self.get(f"commits/{head}/check-runs?per_page=100&filter=all")["check_runs"]
        return sorted(runs, key=lambda run: run["id"], reverse=True)

    def annotations(self, run: Any) -> list[Any]:
        """The annotations of one check run."""
        found: list[Any] = self.get(f"check-runs/{run['id']}/annotations?per_page=100")
        return found

    def review_comments(self) -> list[Any]:
        """The inline comments, oldest first."""
        found: list[Any] = self.get(f"pulls/{self.number}/comments?per_page=100")
        return found

    def reviews(self) -> list[Any]:
        """The submitted reviews, oldest first."""
        found: list[Any] = self.get(f"pulls/{self.number}/reviews?per_page=100")
        return found

    def comments(self) -> list[Any]:
        """The conversation's comments with their reactions, oldest first."""
        found: list[Any] = self.get(f"issues/{self.number}/comments?per_page=100")
        for comment in found:
            comment["reacted"] = self.get(f"issues/comments/{comment['id']}/reactions")
        return found

    def files(self) -> list[Any]:
        """The changed files with their patches."""
        found: list[Any] = self.get(f"pulls/{self.number}/files?per_page=100")
        return found
