"""Pages above offices: presets, what is directed and what came of it, the catalogue."""

from queue_service.authority import catalogue, directives, home, presets, urgent

ROUTES = [*home.ROUTES, *presets.ROUTES, *directives.ROUTES, *catalogue.ROUTES, *urgent.ROUTES]
