"""The only module that makes ids, and the tokens that open a tracking page.

A token is derived from the rescue's id by a secret of this server: it can be told again with a repeated answer, though
what is kept of it is its digest alone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from geo.faults import BadInput

SECRET_BYTES = 32
TOKEN_BYTES = 16


def new_id(prefix: str) -> str:
    """An id that nobody else makes: 64 random bits behind a letter that says what it is of."""
    return f"{prefix}{secrets.token_hex(8)}"


def read_secret(path: Path) -> bytes:
    """The server's secret, made where there is none yet, for its owner only. Raises BadInput where that cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            secret = path.read_bytes()
        else:
            with os.fdopen(descriptor, "wb") as file:
                secret = secrets.token_bytes(SECRET_BYTES)
                file.write(secret)
    except OSError as fault:
        raise BadInput(
            f"{path}: cannot be read or written ({fault.strerror}); set TOWLINE_HOME to a folder that can"
        ) from fault
    if len(secret) != SECRET_BYTES:
        raise BadInput(f"{path}: is damaged; remove it, and every tracking link that was sent ends")
    return secret


def link_token(secret: bytes, rescue_id: str, number: int = 0) -> str:
    """128 bits that only this server can derive from the id of a rescue; `number` 0 is its first link."""
    name = f"link:{rescue_id}" if number == 0 else f"link:{rescue_id}:{number}"
    mark = hmac.digest(secret, name.encode(), "sha256")[:TOKEN_BYTES]
    return base64.urlsafe_b64encode(mark).decode().rstrip("=")


def token_digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def plate_digest(secret: bytes, plate: str) -> str:
    """By which two reports of the same plate are known, without the plate. Spaces, dots and case do not matter."""
    plain = "".join(letter for letter in plate.upper() if letter.isalnum())
    return hmac.digest(secret, b"plate:" + plain.encode(), "sha256").hex()[:32]
