"""How fast the service books, beside what the same machine could do at best: `make bench`."""
