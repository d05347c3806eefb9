"""Every refusal, decision and state in words: what happened, and what to do next.

SQL and the API speak in codes; what a person reads is said here and nowhere else, so that the
page, the kiosk, the helper and the API tell the same story.
"""

from queue_service.wording.answers import OFFERS, WISH_PROOFS, say_offer, say_proof, say_wish_proof
from queue_service.wording.decisions import (
    COME_BACK,
    DECISIONS,
    INVALID,
    say_decision,
    say_printed,
)
from queue_service.wording.machines import (
    TROUBLES,
    say_box,
    say_device,
    say_disk_full,
    say_floor,
    say_troubles,
)
from queue_service.wording.refusals import REFUSALS, say_refusal
from queue_service.wording.terms import (
    NEEDS,
    PRIORITIES,
    options,
    say_actor,
    say_answer,
    say_attention,
    say_carrier_error,
    say_change,
    say_channel,
    say_message,
    say_misfit,
    say_phone,
    say_reason,
    say_role,
    say_state,
    say_step,
    say_why,
)
from queue_service.wording.words import DEFAULT_ZONE, Words

__all__ = [
    "COME_BACK",
    "DECISIONS",
    "DEFAULT_ZONE",
    "INVALID",
    "NEEDS",
    "OFFERS",
    "PRIORITIES",
    "REFUSALS",
    "TROUBLES",
    "WISH_PROOFS",
    "Words",
    "options",
    "say_actor",
    "say_answer",
    "say_attention",
    "say_box",
    "say_carrier_error",
    "say_change",
    "say_channel",
    "say_decision",
    "say_device",
    "say_disk_full",
    "say_floor",
    "say_message",
    "say_misfit",
    "say_offer",
    "say_phone",
    "say_printed",
    "say_proof",
    "say_reason",
    "say_refusal",
    "say_role",
    "say_state",
    "say_step",
    "say_troubles",
    "say_why",
    "say_wish_proof",
]
