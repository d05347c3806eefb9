"""The code that proves a phone: entered, or sent once more. The page itself is the ticket's."""

from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from queue_service import commands, tickets, web, wording
from queue_service.citizen.ticket import held, proof_page
from queue_service.db import Refused
from queue_service.web import AppRequest


async def prove(request: AppRequest) -> Response:
    ticket = await held(request)
    form = await web.read_form(request)
    code = tickets.plain_digits(form.get("code", "")[:40]) or ""
    if len(code) != tickets.PROOF_LENGTH:  # a slip of the finger costs no try
        words = wording.say_refusal(web.lang(request), "bad_proof")
        return proof_page(request, ticket, {"code": words.text}, 422)
    try:
        answer = await web.act(
            request,
            commands.prove_phone,
            ticket.office_id,
            "web",
            web.key(request, form),
            visit_id=UUID(ticket.visit["visit_id"]),
            code=code,
        )
    except Refused as refused:
        if refused.code != "not_held":
            raise
        return web.see_other(ticket.path)  # proven before, or too late: the ticket says which
    if answer["decision"] == "wrong_code":
        await web.spend_try(request, "proof")
        words = wording.say_proof(web.lang(request), answer)
        return proof_page(request, ticket, {"code": words.text}, 422)
    return web.see_other(f"{ticket.path}?did={answer['decision']}")


async def send_again(request: AppRequest) -> Response:
    ticket = await held(request)
    form = await web.read_form(request)
    try:
        await web.act(
            request,
            commands.send_code,
            ticket.office_id,
            "web",
            web.key(request, form),
            visit_id=UUID(ticket.visit["visit_id"]),
            code=tickets.new_proof(),
        )
    except Refused as refused:
        if refused.code != "too_many_codes":
            return web.see_other(ticket.path)
        words = wording.say_refusal(web.lang(request), refused.code, refused.facts)
        return proof_page(request, ticket, {"": words.text}, refused.status)
    return web.see_other(f"{ticket.path}?did=sent")


ROUTES = [
    Route("/t/{token}/prove", prove, methods=["POST"], name="prove"),
    Route("/t/{token}/code", send_again, methods=["POST"], name="send_code"),
]
