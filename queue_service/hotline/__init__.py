"""The operators' pages: the desk, worked by keyboard alone, and who is to be called back."""

from queue_service.hotline import call_backs, desk

ROUTES = [*call_backs.ROUTES, *desk.ROUTES]
