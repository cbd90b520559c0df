"""Our GitHub: enforces the rules that bite an App, speaks HTTP, signs webhooks."""

from tests.standin.control import StandIn, folder
from tests.standin.courier import Delivery

__all__ = ["Delivery", "StandIn", "folder"]
