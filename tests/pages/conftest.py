"""What the tests of pages share: the served installation, a fresh office, a citizen."""

from tests.serving import citizen, office, served, settings

__all__ = ["citizen", "office", "served", "settings"]
