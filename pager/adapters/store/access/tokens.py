"""Secrets that are handed out once, of which only a fingerprint is kept."""

import hashlib
import secrets


def new_token() -> str:
    """32 random bytes, as they stand in a cookie or a link."""
    return secrets.token_urlsafe(32)


def fingerprint(token: str) -> str:
    """What is stored of it. A slow hash would gain nothing: nobody can guess 32 random bytes."""
    return hashlib.sha256(token.encode()).hexdigest()
