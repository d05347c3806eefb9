"""Slips on paper, asked for by a kiosk or by staff."""

from msgspec import convert

from queue_service import slips, wording
from queue_service.api import checks
from queue_service.api.operations import Call
from queue_service.api.shapes import PrintBody, Printed


async def print_slip(call: Call, asked: PrintBody) -> Printed:
    key = slips.print_key(call.key(asked.print_id), call.actor)
    visit_id = checks.visit_id(call.path["visit"])
    settings = call.state.settings
    answer = await slips.put_on_paper(settings, call.run, key, visit_id, asked.printer)
    came_out = not answer["problem"]
    facts = {name: answer[name] for name in ("problem", "printer", "visit")}
    message = wording.say_printed(call.language, came_out)
    return convert({**facts, "printed": came_out, "message": message}, Printed)
