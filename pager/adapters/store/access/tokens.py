"""Tokens: secrets that are shown once; what is stored is their fingerprint."""

import hashlib
import secrets


def new_token() -> str:
    """32 random bytes, as they stand in a cookie or a link."""
    return secrets.token_urlsafe(32)


def fingerprint(token: str) -> str:
    """What is stored of the token: SHA-256. Nobody can guess 32 random bytes, so a slow hash, as
    passwords need, would gain nothing."""
    return hashlib.sha256(token.encode()).hexdigest()
