"""The chain of the history: written by triggers alone, changed and deleted by nobody."""

from django.db import models

from registry.trail.always import stays
from registry.trail.sealing import seals

NUMBERED = "OLD.seq IS NULL AND NEW.id = OLD.id AND NEW.chain = OLD.chain AND NEW.xid = OLD.xid"
MOVED_ON = """NEW.chain = OLD.chain AND NEW.seq = OLD.seq + 1 AND EXISTS (
    SELECT FROM registry_trailblock WHERE chain = NEW.chain AND seq = NEW.seq AND hash = NEW.hash)"""


class TrailShape(models.Model):
    """Which columns of a history table are hashed: a column that is added later is in a shape of its own."""

    id = models.AutoField(primary_key=True)
    event_table = models.CharField(max_length=63)
    columns = models.JSONField(help_text="Names of columns, in the order in which they are hashed.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event_table", "columns"], name="one_shape_of_these_columns")]
        triggers = [stays()]

    def __str__(self):
        return f"{len(self.columns)} columns of {self.event_table}"


class TrailBlock(models.Model):
    """What one transaction wrote at one site: its entries are sealed when it is committed.

    chain: the site's id; the nil id for what belongs to no site. seq: its place in the chain, from 1 without a gap.
    """

    id = models.BigIntegerField(primary_key=True)
    xid = models.BigIntegerField()
    chain = models.UUIDField()
    seq = models.BigIntegerField(null=True)
    entries = models.BigIntegerField()
    db_role = models.CharField(max_length=63)
    sealed_at = models.DateTimeField(null=True)
    prev = models.BinaryField(max_length=32, null=True)
    hash = models.BinaryField(max_length=32, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "seq"], name="one_block_of_a_number")]
        indexes = [
            models.Index(fields=["xid"], name="blocks_not_yet_sealed", condition=models.Q(seq__isnull=True)),
        ]
        triggers = [stays(NUMBERED), seals()]

    def __str__(self):
        return f"Block {self.seq} of {self.chain}"


class TrailEntry(models.Model):
    """A history row in the chain: which one, and the hash of its text."""

    pk = models.CompositePrimaryKey("block_id", "id")
    block_id = models.BigIntegerField()
    id = models.BigIntegerField()
    shape_id = models.IntegerField()
    event_id = models.BigIntegerField()
    sha256 = models.BinaryField(max_length=32)

    class Meta:
        triggers = [stays()]

    def __str__(self):
        return f"Entry {self.id} of block {self.block_id}"


class TrailHead(models.Model):
    """Where a chain stands; its row is the lock under which blocks are numbered."""

    chain = models.UUIDField(primary_key=True)
    seq = models.BigIntegerField()
    entries = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField()

    class Meta:
        triggers = [stays(MOVED_ON)]

    def __str__(self):
        return f"{self.chain} at {self.seq}"


class TrailCheck(models.Model):
    """A verification of the whole trail, and what it found."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True)
    entries = models.BigIntegerField()
    anchored = models.BooleanField(help_text="Whether it was held against a head that was kept outside.")
    breaks = models.JSONField(help_text="[chain, seq, what] of each break; the first hundred.")
    found = models.PositiveIntegerField(help_text="How many breaks there are.")
    heads = models.JSONField(help_text="{chain: [seq, entries, hash]}")

    class Meta:
        ordering = ["-id"]
        triggers = [stays()]

    def __str__(self):
        return f"{self.found} breaks at {self.at}"
