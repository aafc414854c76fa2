"""An OpenID provider: authorization code with PKCE, client secret, RS256 or ES256; and it lies when a test tells it to.

``python -m tests.oidc_provider`` prints its address. PUT /behave sets how the next answers are: claims to change, the algorithm.
"""

import base64
import hashlib
import json
import secrets
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

CLIENT, SECRET = "exchange", "a client secret: with / signs"
KEYS: dict[str, Any] = {
    "RS256": RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}),
    "ES256": ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"}),
}
STRANGER = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})


class Provider(ThreadingHTTPServer):
    """What it has promised to whom."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.behaviour: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}

    def id_token(self, asked: dict[str, str]) -> str:
        """Signed by its key, or as the test wants it."""
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": CLIENT, "sub": "subject-1", "iat": now, "exp": now + 300, "nonce": asked["nonce"],
            "email": "nobody@example.com", "email_verified": True, **self.behaviour.get("claims", {}),
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        alg = self.behaviour.get("alg", "RS256")
        if alg == "none":
            parts = [{"alg": "none"}, claims]
            return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."
        if alg == "HS256":
            # The confusion of keys: the public key, which everybody has, as a shared secret.
            public = KEYS["RS256"].as_pem(private=False)
            return jwt.encode({"alg": "HS256", "kid": "rsa"}, claims, OctKey.import_key(public))
        key = STRANGER if alg == "stranger" else KEYS[alg]
        return jwt.encode({"alg": "RS256" if alg == "stranger" else alg, "kid": key.kid}, claims, key)


class Handler(BaseHTTPRequestHandler):
    """Its four addresses, and the one of the test."""

    server: Provider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        match parts.path:
            case "/.well-known/openid-configuration":
                here = self.server.url
                self._json({
                    "issuer": self.server.behaviour.get("issuer", here), "authorization_endpoint": f"{here}/authorize",
                    "token_endpoint": f"{here}/token", "jwks_uri": f"{here}/jwks",
                })  # fmt: skip
            case "/jwks":
                # As real ones do: with members that nobody needs to know, and a kind of key that nobody here uses.
                known = [{**key.as_dict(private=False), "nbf": 1493763266, "ext": True} for key in KEYS.values()]
                self._json({"keys": [*known, {"kty": "AKP", "kid": "later", "alg": "ML-DSA-44", "pub": "AAAA"}]})
            case "/authorize":
                assert (query["client_id"], query["response_type"], query["code_challenge_method"]) == (CLIENT, "code", "S256")
                code = secrets.token_urlsafe(16)
                self.server.codes[code] = query
                back = {"code": code, "state": query["state"], "iss": self.server.behaviour.get("returned", self.server.url)}
                self.send_response(302)
                self.send_header("location", f"{query['redirect_uri']}?{urlencode(back)}")
                self.end_headers()
            case _:
                self.send_error(404)

    def do_PUT(self) -> None:
        self.server.behaviour = json.loads(self._body())
        self._json({})

    def do_POST(self) -> None:
        form = {name: values[0] for name, values in parse_qs(self._body().decode()).items()}
        asked = self.server.codes.pop(form.get("code", ""), None)
        who = base64.b64decode(self.headers["authorization"].removeprefix("Basic ")).decode().partition(":")
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        right = (
            asked is not None
            and (unquote(who[0]), unquote(who[2])) == (CLIENT, SECRET)
            and asked["redirect_uri"] == form["redirect_uri"]
            and asked["code_challenge"] == challenge
        )
        if asked is None or not right:
            self._json({"error": "invalid_grant"}, 400)
        else:
            self._json({"access_token": "unused", "token_type": "Bearer", "id_token": self.server.id_token(asked)})

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers["content-length"]))

    def _json(self, body: dict[str, Any], status: int = 200) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


if __name__ == "__main__":
    with Provider() as provider:
        print(provider.url, flush=True)
        provider.serve_forever()
