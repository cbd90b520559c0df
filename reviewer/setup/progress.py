"""How far one setup has come. In memory alone: whoever starts again begins again."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reviewer.setup import choice as choices
from reviewer.setup.access import Access, Entry, Once
from reviewer.setup.choice import Choice
from reviewer.setup.conversion import NotConverted, Registered, convert
from reviewer.setup.manifest import manifest

RETURNS = {
    Entry.WRONG: "This return from GitHub does not belong to the App that was asked for here "
    "last. Begin again; if GitHub has made an App, delete it there first.",
    Entry.USED: "This return from GitHub was used already. Begin again.",
    Entry.EXPIRED: "This return from GitHub comes too late; there is an hour for it. Begin "
    "again, and delete the App that GitHub has made.",
}


class BadReturn(Exception):  # noqa: N818  # it names what came
    """Somebody came back from GitHub whom we have not sent there; ``str()`` says what to do."""


@dataclass(frozen=True)
class Asked:
    """What GitHub is asked for: the manifest, and the value that a return must carry."""

    choice: Choice
    manifest: Mapping[str, object]
    state: Once


class Progress:
    """One setup, from the link to the kept credentials.

    Args:
        access: who may.
        keep: writes the credentials down; returns where; raises NotKept.
        finish: called when they are, and the person has been told.
        keeps: whether they are written to the data folder.
        api_url: what GITHUB_API_URL is set to; "" when it is not.
    """

    def __init__(
        self,
        access: Access,
        keep: Callable[[Registered], str],
        finish: Callable[[], None],
        *,
        keeps: bool = True,
        api_url: str = "",
    ) -> None:
        self.access = access
        self.finish = finish
        self.keeps = keeps
        self.registered: Registered | None = None
        self._keep = keep
        self._where: str | None = None
        self._api_url = api_url
        self._asked: Asked | None = None
        self._lock = threading.Lock()

    @property
    def is_over(self) -> bool:
        """Whether the credentials are kept."""
        return self._where is not None

    def asked(self) -> Asked | None:
        """What was chosen last, if anything was."""
        return self._asked

    def choose(self, form: Mapping[str, str], here: str) -> None:
        """Take a choice in, in place of any earlier one; *here* is where the browser is.

        Raises:
            BadChoice: it cannot be used.
        """
        choice = choices.read(form, self._api_url)
        self._asked = Asked(choice, manifest(choice, here), Once(self.access.clock))

    def come_back(self, state: str, code: str) -> None:
        """Exchange the *code* of a return from GitHub; once done, again is nothing.

        Raises:
            BadReturn: it is none of ours.
            NotConverted: there are no credentials for it.
        """
        with self._lock:
            asked = self._asked
            entry = asked.state.take(state) if asked else Entry.WRONG
            if entry is Entry.USED and self.registered:
                return
            if not asked or entry is not Entry.OPENED:
                raise BadReturn(RETURNS[entry])
            try:
                self.registered = convert(asked.choice, code)
            except NotConverted as failed:
                if failed.again:
                    asked.state.give_back()
                raise

    def keep(self) -> str:
        """Write the credentials down, once; where they are.

        Raises:
            NotKept: they cannot be written; they are still here.
        """
        with self._lock:
            if self._where is None:
                assert self.registered, "of callers that have it"
                self._where = self._keep(self.registered)
            return self._where
