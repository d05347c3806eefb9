"""The HTTP API, seen from outside: a real server, a real database."""
