"""The service: citizens, clerks and the lobby, on one PostgreSQL."""
