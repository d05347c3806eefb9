"""Every body, query and answer of the HTTP API, by subject; the OpenAPI document is made of them.

Times in answers come in the office's zone.
"""

# ruff: noqa: F403 (each name belongs to one module, and all are this package's)

from queue_service.api.shapes.boards import *
from queue_service.api.shapes.bookings import *
from queue_service.api.shapes.counters import *
from queue_service.api.shapes.devices import *
from queue_service.api.shapes.door import *
from queue_service.api.shapes.fairness import *
from queue_service.api.shapes.floors import *
from queue_service.api.shapes.forms import *
from queue_service.api.shapes.offices import *
from queue_service.api.shapes.visits import *
