"""What the tests of the kiosk share."""

from tests.serving import office, served, settings

__all__ = ["office", "served", "settings"]
