"""The canonical JSON (RFC 8785, JCS) that hashes and signatures are taken of, and the names made of them."""

import hashlib
import re
from typing import Any

import rfc8785

SHA256 = re.compile(r"sha256:[0-9a-f]{64}")


class NotCanonical(ValueError):
    """A document that has no canonical form: a whole number above 2**53, NaN, a key that is no text."""


def jcs(document: Any) -> bytes:
    """The document's canonical bytes: the same whatever the order of keys, the spaces, or the escapes."""
    try:
        return rfc8785.dumps(document)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise NotCanonical(str(error)) from error


def named(content: bytes) -> str:
    """The name that bytes have: sha256: and 64 hexadecimal digits."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def hash_of(document: Any) -> str:
    """The name of a document's canonical bytes."""
    return named(jcs(document))
