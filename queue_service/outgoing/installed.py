"""Which carriers this installation has."""

from queue_service.outgoing.carrier import Carrier
from queue_service.outgoing.dialect import Dialect
from queue_service.outgoing.gateway import Gateway
from queue_service.settings import Settings


def carriers(settings: Settings) -> list[Carrier]:
    """Those this installation has, in the order they are tried unless an office has its own.

    None: messages stay on the page /outbox.
    """
    found: list[Carrier] = []
    timeout = float(settings.carrier_timeout)
    if settings.gateway_url:
        found.append(
            Gateway(
                settings.gateway_url,
                settings.gateway_secret,
                Dialect.of(settings),
                sender=settings.gateway_from,
                timeout=timeout,
            )
        )
    if settings.twilio_account_sid:
        # Slow to import and large: only the worker needs it.
        from queue_service.outgoing.twilio import TwilioText, TwilioVoice

        # What lies on this machine alone cannot be called from outside.
        status_url = f"{settings.address}/twilio/status" if settings.public_url else ""

        voice = settings.twilio_voice_from or settings.twilio_from
        for kind, sender in ((TwilioText, settings.twilio_from), (TwilioVoice, voice)):
            if kind is TwilioVoice and not sender.startswith("+"):
                continue  # a messaging service does not telephone
            found.append(
                kind(
                    settings.twilio_account_sid,
                    settings.twilio_auth_token,
                    sender,
                    base_url=settings.twilio_base_url,
                    status_url=status_url,
                    timeout=timeout,
                )
            )
    return found
