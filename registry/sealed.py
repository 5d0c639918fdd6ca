"""Words that we give out and take back: nobody else reads or makes them. The same value is the same word each time."""

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any

from django.conf import settings
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox


class NotOurs(ValueError):
    """A word that was not given out for this purpose, or that somebody changed."""


def sealed(value: Any, purpose: str) -> str:
    """The word for a value of JSON, encrypted and authenticated.

    The nonce is made of the value, so that an answer that did not change keeps its tag.
    """
    plain = json.dumps(value, separators=(",", ":")).encode()
    nonce = hmac.digest(derived(f"{purpose} nonce"), plain, "sha256")[: SecretBox.NONCE_SIZE]
    return as_word(SecretBox(derived(purpose)).encrypt(plain, nonce))


def opened(word: str, purpose: str) -> Any:
    """The value of a word; NotOurs for any other text."""
    try:
        box = base64.urlsafe_b64decode(word.encode("ascii") + b"=" * (-len(word) % 4))
        if as_word(box) != word:
            raise NotOurs
        return json.loads(SecretBox(derived(purpose)).decrypt(box))
    except (CryptoError, binascii.Error, UnicodeEncodeError) as error:
        raise NotOurs from error


def as_word(box: bytes) -> str:
    return base64.urlsafe_b64encode(box).rstrip(b"=").decode()


def derived(purpose: str) -> bytes:
    """A key for one purpose, from which the instance's secret does not follow."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"promontory {purpose}".encode(), "sha256")


def digest_of(value: Any) -> str:
    """A short word for a value of JSON that tells it from all others."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:32]
