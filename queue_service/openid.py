"""The organisation's own sign-in, by OpenID Connect: authorization code with PKCE, state and nonce.

Asks the provider the settings name, and believes an ID token only by its signature (the
provider's published keys, asymmetric algorithms alone), issuer, audience, nonce and times.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from time import monotonic
from typing import Any, cast
from urllib.parse import quote_plus, urlencode

import httpx2
import structlog
from joserfc import jwt
from joserfc.errors import InvalidClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet, KeySetSerialization
from joserfc.jws import JWSRegistry
from joserfc.jwt import Claims, JWTClaimsRegistry, Token

from queue_service.db import Refused
from queue_service.journal import told
from queue_service.settings import Settings

log = structlog.get_logger()

BACK = "/sign-in/openid/back"
TIMEOUT = 10.0
KEEP = 3600.0  # seconds that what a provider says of itself is believed
# Never one with a shared secret, and never none: else whoever knows the client forges tokens.
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"}
)
LEEWAY = 60  # seconds that the provider's clock may be off

Json = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """Whom the provider has signed in."""

    subject: str  # unique over providers: the issuer and its name for them
    email: str  # empty where the provider has not verified it


@dataclass(frozen=True)
class Way:
    """What must come back, kept in the browser sealed."""

    state: str
    nonce: str
    verifier: str


_said: dict[str, tuple[float, Json]] = {}


def new_way() -> Way:
    return Way(*(secrets.token_urlsafe(32) for _ in range(3)))


def subject_of(issuer: str, sub: str) -> str:
    return f"{issuer} {sub}"


async def address(settings: Settings, way: Way) -> str:
    """Where the browser is sent."""
    endpoint = (await about(settings))["authorization_endpoint"]
    asked = {
        "response_type": "code",
        "client_id": settings.openid_client_id,
        "redirect_uri": settings.address + BACK,
        "scope": "openid email",
        "state": way.state,
        "nonce": way.nonce,
        "code_challenge": _short(hashlib.sha256(way.verifier.encode()).digest()),
        "code_challenge_method": "S256",
    }
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"


async def person(settings: Settings, way: Way, code: str) -> Person:
    """Who came back with this code. Refuses: 502 openid_failed."""
    provider = await about(settings)
    try:
        token = await _exchange(settings, provider, way, code)
        claims = await _claims(settings, provider, token, way.nonce)
    except (httpx2.HTTPError, JoseError, LookupError, TypeError, ValueError) as no:
        raise _failed(no) from no
    verified = claims.get("email_verified") is True
    email = str(claims.get("email") or "").strip().lower() if verified else ""
    return Person(subject_of(settings.openid_issuer, str(claims["sub"])), email)


async def about(settings: Settings) -> Json:
    """What the provider says of itself (OpenID Connect Discovery). Refuses: 502 openid_failed."""
    issuer = settings.openid_issuer
    at, provider = _said.get(issuer, (0.0, {}))
    if provider and monotonic() - at < KEEP:
        return provider
    try:
        provider = await _get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if provider["issuer"] != issuer:
            raise ValueError("the provider has another name than OPENID_ISSUER")
        for needed in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            _ = provider[needed]
        provider["keys"] = await _get(provider["jwks_uri"])
    except (httpx2.HTTPError, LookupError, TypeError, ValueError) as no:
        raise _failed(no) from no
    _said[issuer] = monotonic(), provider
    return provider


async def _exchange(settings: Settings, provider: Json, way: Way, code: str) -> Json:
    """The code for an ID token. The secret is shown as RFC 6749 (2.3.1) asks: each part encoded."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": settings.address + BACK,
        "code_verifier": way.verifier,
    }
    name, secret = settings.openid_client_id, settings.openid_client_secret
    ways = provider.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    shown: Any = httpx2.BasicAuth(quote_plus(name), quote_plus(secret))
    if not secret or "client_secret_basic" not in ways:
        shown = httpx2.USE_CLIENT_DEFAULT
        form |= {"client_id": name, "client_secret": secret} if secret else {"client_id": name}
    async with httpx2.AsyncClient(timeout=TIMEOUT) as client:
        return _object(await client.post(provider["token_endpoint"], data=form, auth=shown))


async def _claims(settings: Settings, provider: Json, token: Json, nonce: str) -> Claims:
    try:
        decoded = _decode(provider, token["id_token"])
    except InvalidKeyIdError:  # the provider has a new key
        provider["keys"] = await _get(provider["jwks_uri"])
        decoded = _decode(provider, token["id_token"])
    client_id, claims = settings.openid_client_id, decoded.claims
    registry = JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={"essential": True, "value": settings.openid_issuer},
        aud={"essential": True, "value": client_id},
        nonce={"essential": True, "value": nonce},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    registry.validate(claims)
    several = isinstance(claims["aud"], list) and len(cast("list[Any]", claims["aud"])) > 1
    if claims.get("azp", None if several else client_id) != client_id:
        raise InvalidClaimError("azp")
    if "at_hash" in claims:
        bits = decoded.header["alg"][-3:]
        digest = hashlib.new(f"sha{bits if bits.isdigit() else 512}")
        digest.update(token["access_token"].encode())
        if claims["at_hash"] != _short(digest.digest()[: digest.digest_size // 2]):
            raise InvalidClaimError("at_hash")
    return claims


def _decode(provider: Json, text: str) -> Token:
    said = set(provider.get("id_token_signing_alg_values_supported") or ["RS256"])
    registry = JWSRegistry(algorithms=sorted(said & ALGORITHMS), strict_check_header=False)
    keys = KeySet.import_key_set(cast(KeySetSerialization, provider["keys"]))
    return jwt.decode(text, key=keys, registry=registry)


def _short(digest: bytes) -> str:
    """Base64 as tokens write it."""
    return urlsafe_b64encode(digest).decode().rstrip("=")


async def _get(url: str) -> Json:
    async with httpx2.AsyncClient(timeout=TIMEOUT) as client:
        return _object(await client.get(url, headers={"accept": "application/json"}))


def _object(answer: httpx2.Response) -> Json:
    answer.raise_for_status()
    found = answer.json()
    if not isinstance(found, dict):
        raise TypeError("the provider's answer is no JSON object")
    return cast(Json, found)


def _failed(error: Exception) -> Refused:
    """Its kind alone is shown: what a provider answers may name somebody."""
    log.warning("openid failed", error=told(error))
    return Refused("openid_failed", 502, {"why": type(error).__name__})
