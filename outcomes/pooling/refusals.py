"""How a place that pools says no to a bundle: one name for each reason, in words. Nothing was changed."""

from typing import ClassVar

from registry.errors import Problem, Refused


class BundleRefused(Refused):
    """A bundle that is not taken. `problem_type` names the reason, `status_code` is how the API answers."""

    problem_type: ClassVar[str] = "validation"
    status_code: ClassVar[int] = 400

    def __init__(self, message: str, *, field: str = "bundle", value: str = ""):
        super().__init__([Problem(rule=self.problem_type, field=field, value=value[:80], message=message)])
        self.message = message


class SpecUnknown(BundleRefused):
    """No study here pools by the spec that the bundle was counted by."""

    problem_type = "spec-unknown"


class SignatureRefused(BundleRefused):
    """Not signed by a contributor of the study, or changed since."""

    problem_type = "signature-invalid"


class KeyRevoked(BundleRefused):
    """Signed with a key that opens nothing any more."""

    problem_type = "key-revoked"


class DigestMismatch(BundleRefused):
    """The bytes are not those that their name says."""

    problem_type = "digest-mismatch"


class OverlapUndeclared(BundleRefused):
    """The sender does not say whether its patients may be at another site too."""

    problem_type = "overlap-undeclared"


class DictionaryUnsupported(BundleRefused):
    """Its instruments mean something else than the spec's."""

    problem_type = "dictionary-unsupported"


class BundleConflict(BundleRefused):
    """Something else is here for the same release, or the release takes the place of none that is here."""

    problem_type = "bundle-conflict"
    status_code = 409
