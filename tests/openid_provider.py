"""An OpenID Connect provider for tests, in a process of its own: real keys, real HTTP.

Follows OpenID Connect Core 1.0, Discovery 1.0 and RFC 7636: it knows one client, checks its
secret, the address to send back to and the verifier, and gives each code once. `POST /fault` makes
it do one thing wrong, `POST /rotate` gives it a new key.
"""

import base64
import hashlib
import hmac
import json
import secrets
import sys
import time
from typing import Any
from urllib.parse import unquote_plus, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "queue service", "secret of the client, for tests: ~!*"
PEOPLE: dict[str, dict[str, Any]] = {
    "lan": {"sub": "u-1001", "email": "lan@ward.example", "email_verified": True},
    "minh": {"sub": "u-1002", "email": "minh@ward.example", "email_verified": False},
    "ha": {"sub": "u-1003"},
}


class Provider:
    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.key = self.new_key()
        self.published = [self.key]
        self.codes: dict[str, dict[str, Any]] = {}
        self.fault = ""

    @staticmethod
    def new_key() -> RSAKey:
        return RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"}, private=True)

    async def configuration(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def keys(self, _: Request) -> Response:
        return JSONResponse({"keys": [key.as_dict(private=False) for key in self.published]})

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        good = (
            asked.get("response_type") == "code"
            and asked.get("client_id") == CLIENT
            and "openid" in asked.get("scope", "").split()
            and asked.get("code_challenge_method") == "S256"
            and len(asked.get("code_challenge", "")) == 43
        )
        if not good:
            return Response("invalid_request", 400)
        if request.method == "GET":
            return HTMLResponse(
                '<!doctype html><html lang="en"><title>Provider</title><form method="post">'
                '<label>Who <input name="who"></label><button>Yes</button></form></html>'
            )
        who = (await request.form()).get("who")
        answer = {"state": asked.get("state", ""), "iss": self.issuer}
        if who not in PEOPLE:
            answer["error"] = "access_denied"
        else:
            code = answer["code"] = secrets.token_urlsafe(24)
            self.codes[code] = {**asked, "who": who}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 303)

    async def token(self, request: Request) -> Response:
        form = await request.form()
        kind, _, sent = request.headers.get("authorization", "").partition(" ")
        shown = base64.b64decode(sent).decode().split(":") if kind == "Basic" else []
        if [unquote_plus(part) for part in shown] != [CLIENT, SECRET]:
            return JSONResponse({"error": "invalid_client"}, 401)
        asked = self.codes.pop(str(form.get("code")), None)  # once
        verifier = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        if (
            asked is None
            or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != asked["redirect_uri"]
            or not hmac.compare_digest(challenge, asked["code_challenge"])
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        access = secrets.token_urlsafe(24)
        return JSONResponse(
            {
                "access_token": access,
                "token_type": "Bearer",
                "expires_in": 300,
                "id_token": self.id_token(asked, access),
            }
        )

    def id_token(self, asked: dict[str, Any], access: str) -> str:
        now = int(time.time())
        half = hashlib.sha256(access.encode()).digest()[:16]
        claims = {
            **PEOPLE[asked["who"]],
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked.get("nonce"),
            "at_hash": base64.urlsafe_b64encode(half).decode().rstrip("="),
        }
        wrong: dict[str, dict[str, Any]] = {
            "nonce": {"nonce": "another"},
            "audience": {"aud": "another client"},
            "issuer": {"iss": "https://another.example"},
            "expired": {"iat": now - 900, "exp": now - 600},
            "access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        }
        claims |= wrong.get(self.fault, {})
        if self.fault == "no nonce":
            del claims["nonce"]
        header = {"alg": "RS256", "kid": self.key.kid}
        if self.fault == "secret as key":
            return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))
        if self.fault == "public key as secret":
            public = OctKey.import_key(self.key.as_pem(private=False))
            header = {"alg": "HS256", "kid": self.key.kid}
            return jwt.encode(header, claims, public)
        if self.fault == "no signature":
            parts = ({"alg": "none"}, claims)
            return ".".join(_plain(part) for part in parts) + "."
        key = self.key
        if self.fault == "foreign key":
            key = RSAKey.generate_key(2048, {"kid": str(self.key.kid)})
        text = jwt.encode(header, claims, key)
        if self.fault == "changed":
            begin, _, end = text.split(".")
            text = f"{begin}.{_plain({**claims, 'sub': PEOPLE['ha']['sub']})}.{end}"
        return text

    async def set_fault(self, request: Request) -> Response:
        self.fault = (await request.body()).decode()
        return Response()

    async def rotate(self, _: Request) -> Response:
        self.key = self.new_key()
        self.published = [self.key]
        return Response()


def _plain(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def main(port: int) -> None:
    provider = Provider(f"http://127.0.0.1:{port}")
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", provider.configuration),
            Route("/jwks", provider.keys),
            Route("/authorize", provider.authorize, methods=["GET", "POST"]),
            Route("/token", provider.token, methods=["POST"]),
            Route("/fault", provider.set_fault, methods=["POST"]),
            Route("/rotate", provider.rotate, methods=["POST"]),
        ]
    )
    uvicorn.run(app, port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]))
