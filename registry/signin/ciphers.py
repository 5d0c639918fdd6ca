"""Encrypts the secrets of second factors with keys of their own: the first of FIELD_KEYS writes, each of them reads."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """A field was not written with any of the keys, or was changed since. It is never shown as it stands."""


def cipher() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


def encrypted(text: str) -> str:
    return cipher().encrypt(text.encode()).decode()


def decrypted(text: str) -> str:
    """The text that was encrypted; Unreadable for everything else."""
    try:
        return cipher().decrypt(text.encode()).decode()
    except InvalidToken:
        raise Unreadable("A field cannot be read with any of the keys in FIELD_KEYS.") from None


def rewritten(text: str) -> str:
    """The same secret, encrypted with the first of the keys."""
    try:
        return cipher().rotate(text.encode()).decode()
    except InvalidToken:
        raise Unreadable("A field cannot be read with any of the keys in FIELD_KEYS.") from None
