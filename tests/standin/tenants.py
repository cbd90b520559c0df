"""What account owners do with the App: remove it, suspend it, choose repositories."""

from tests.standin import webhooks
from tests.standin.courier import Delivery
from tests.standin.stage import Stage
from tests.standin.state import Installation, Repository


class Tenants(Stage):
    """The installation page of an account."""

    def uninstall(self, made: Installation) -> Delivery:
        """Remove the App from the account: tokens die, ``installation`` ``deleted``."""
        return self._installation_event("deleted", made, removed=True)

    def suspend(self, made: Installation) -> Delivery:
        """Suspend the installation."""
        return self._installation_event("suspend", made, suspended=True)

    def unsuspend(self, made: Installation) -> Delivery:
        """End the suspension."""
        return self._installation_event("unsuspend", made, suspended=False)

    def announce_installation(self, made: Installation) -> Delivery:
        """Deliver ``installation`` ``created`` for an installation that exists."""
        return self._installation_event("created", made)

    def add_repository(self, made: Installation, repository: Repository) -> Delivery:
        """Give the App one more repository."""
        with self.world.lock:
            made.repositories.append(repository)
            parts = {"repositories_added": [webhooks.brief(repository)]}
            body = webhooks.installation_body(
                self.world, "installation_repositories", "added", made, **parts
            )
        return self.deliver("installation_repositories", body)

    def remove_repository(self, made: Installation, repository: Repository) -> Delivery:
        """Take a repository away from the App."""
        with self.world.lock:
            made.repositories.remove(repository)
            parts = {"repositories_removed": [webhooks.brief(repository)]}
            body = webhooks.installation_body(
                self.world, "installation_repositories", "removed", made, **parts
            )
        return self.deliver("installation_repositories", body)

    def _installation_event(self, action: str, made: Installation, **changed: bool) -> Delivery:
        with self.world.lock:
            for name, value in changed.items():
                setattr(made, name, value)
            body = webhooks.installation_body(self.world, "installation", action, made)
        return self.deliver("installation", body)
