"""Pages above offices: presets, what is directed, and what came of it at each office."""

from queue_service.authority import directives, home, presets

ROUTES = [*home.ROUTES, *presets.ROUTES, *directives.ROUTES]
