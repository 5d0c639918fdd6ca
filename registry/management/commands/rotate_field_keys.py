"""Writes the secrets of second factors anew with the first of FIELD_KEYS, so that an older key can be left out."""

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from registry.signin.ciphers import Unreadable, rewritten

SECRETS = ("secret", "seed")


class Command(BaseCommand):
    help = "Put the new key first in FIELD_KEYS, restart, run this, then leave the old key out. It may be run again."

    def handle(self, **options):
        ids = list(Authenticator.objects.order_by("pk").values_list("pk", flat=True))
        try:
            written = sum(rewrite(pk) for pk in ids)
        except Unreadable as error:
            raise CommandError(f"{error} What came before it is written anew; the rest is as it was.") from error
        self.stdout.write(f"{written} secrets are encrypted with the first key.")


@transaction.atomic
def rewrite(pk: int) -> int:
    """One factor's secrets; how many there were."""
    factor = Authenticator.objects.select_for_update().filter(pk=pk).first()
    held = [name for name in SECRETS if factor and isinstance(factor.data.get(name), str)]
    for name in held:
        factor.data[name] = rewritten(factor.data[name])
    if held:
        factor.save(update_fields=["data"])
    return len(held)
