"""Slips on paper: what stands on one, how it is drawn, and how it gets into a receipt printer."""

from queue_service.printing.ports import SECONDS, Outcome, deliver, look
from queue_service.printing.slip import draw

__all__ = ["SECONDS", "Outcome", "deliver", "draw", "look"]
