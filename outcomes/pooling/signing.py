"""Who sent a document: Ed25519 over its canonical JSON without the signature; keys at rest are encrypted."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nacl.exceptions import BadSignatureError, CryptoError
from nacl.secret import SecretBox
from nacl.signing import SigningKey, VerifyKey

from outcomes.pooling.jcs import hash_of, jcs

ALGORITHM = "Ed25519"
PURPOSE = b"promontory site keys 1"
SEED_BYTES = 32


class SignatureInvalid(ValueError):
    """The document is not what its signer signed, or it is signed in no way that we know."""


class KeyUnreadable(ValueError):
    """A stored private key that this SECRET_KEY does not open."""


@dataclass(frozen=True)
class Signer:
    """A private key in use. Its seed is never written or shown."""

    seed: bytes

    @classmethod
    def new(cls) -> "Signer":
        return cls(bytes(SigningKey.generate()))

    @property
    def public(self) -> bytes:
        return bytes(SigningKey(self.seed).verify_key)

    @property
    def kid(self) -> str:
        return kid_of(self.public)

    def __repr__(self):
        return f"Signer({self.kid})"


def kid_of(public: bytes) -> str:
    """What a key is called: the beginning of its hash."""
    return hashlib.sha256(public).hexdigest()[:16]


def sign(document: Mapping[str, Any], signer: Signer) -> dict:
    """The document with its signature."""
    unsigned = without_signature(document)
    value = SigningKey(signer.seed).sign(jcs(unsigned)).signature
    return unsigned | {"signature": {"alg": ALGORITHM, "kid": signer.kid, "value": as_text(value)}}


def check_signature(document: Mapping[str, Any], public: bytes) -> None:
    """SignatureInvalid, in words, where the document is not what the holder of this key signed."""
    signature = document.get("signature")
    if not isinstance(signature, Mapping) or set(signature) != {"alg", "kid", "value"}:
        raise SignatureInvalid("The document carries no signature.")
    if signature["alg"] != ALGORITHM:
        raise SignatureInvalid(f"The signature is not of the kind {ALGORITHM}.")
    if signature["kid"] != kid_of(public):
        raise SignatureInvalid("The document was signed with another key.")
    try:
        VerifyKey(public).verify(jcs(without_signature(document)), as_bytes(signature["value"]))
    except (BadSignatureError, CryptoError, ValueError) as error:
        raise SignatureInvalid("The signature does not belong to this content: something was changed.") from error


def bundle_id(document: Mapping[str, Any]) -> str:
    """What a signed document is called: the hash of what was signed."""
    return hash_of(without_signature(document))


def without_signature(document: Mapping[str, Any]) -> dict:
    return {key: value for key, value in document.items() if key != "signature"}


def as_text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def as_bytes(text: str) -> bytes:
    """Base64 in the one way of writing it."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise SignatureInvalid("The signature is not written in base64.") from error
    if as_text(value) != text:
        raise SignatureInvalid("The signature is not written in base64 as it should be.")
    return value


def sealed(seed: bytes, secret: str) -> bytes:
    """A private key as it is kept: encrypted with a key that is derived from the instance's secret."""
    return bytes(SecretBox(derived(secret)).encrypt(seed))


def unsealed(box: bytes, secret: str) -> Signer:
    """A kept private key. KeyUnreadable where the secret is another one than when it was kept."""
    try:
        return Signer(SecretBox(derived(secret)).decrypt(box))
    except (CryptoError, ValueError) as error:
        raise KeyUnreadable("The site's key was kept under another SECRET_KEY. Make a new key.") from error


def derived(secret: str, purpose: bytes = PURPOSE) -> bytes:
    """HKDF-SHA256 (RFC 5869) without salt: 32 bytes for one purpose, from which the secret does not follow."""
    return hkdf(secret.encode(), salt=b"", info=purpose, length=SecretBox.KEY_SIZE)


def hkdf(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    """Extract and expand, as RFC 5869 says."""
    extracted = hmac.digest(salt or bytes(32), secret, "sha256")
    block, found = b"", b""
    for place in range(1, -(-length // 32) + 1):
        block = hmac.digest(extracted, block + info + bytes([place]), "sha256")
        found += block
    return found[:length]
