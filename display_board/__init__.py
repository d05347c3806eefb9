"""The lobby TV: pages and scripts that listen to the HTTP API."""
