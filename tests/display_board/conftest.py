"""What the tests of the board share."""

from tests.serving import office, served, settings

__all__ = ["office", "served", "settings"]
