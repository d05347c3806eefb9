"""The device at the door: pages and scripts that speak the HTTP API."""
