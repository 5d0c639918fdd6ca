"""A freeze's column of integers, as narrow as Arrow keeps it. Pure."""

from functools import cached_property

import numpy as np
import pyarrow as pa

from outcomes.columns import Column


class Stored(Column):
    """A Column whose numbers are unpacked when they are first asked for: many are only ever counted."""

    def __init__(self, source: pa.ChunkedArray, decimals: int):
        # The dataclass is frozen; `values` and `present` are found in the class until they have been asked for.
        object.__setattr__(self, "source", source)
        object.__setattr__(self, "decimals", decimals)

    @cached_property
    def _whole(self) -> pa.Array:
        whole = self.source.combine_chunks()
        return whole if whole.null_count == 0 or whole.offset == 0 else pa.concat_arrays([whole])

    @cached_property
    def present(self) -> np.ndarray:
        whole = self._whole
        if whole.null_count == 0:
            return np.ones(len(whole), dtype=bool)
        bits = np.frombuffer(whole.buffers()[0], dtype=np.uint8)
        return np.unpackbits(bits, count=len(whole), bitorder="little").view(bool)

    @cached_property
    def narrow(self) -> np.ndarray:
        whole = self._whole
        kind = np.dtype(whole.type.to_pandas_dtype())
        return np.frombuffer(whole.buffers()[1], dtype=kind)[whole.offset : whole.offset + len(whole)]

    @cached_property
    def values(self) -> np.ndarray:
        return self.narrow.astype(np.int64)
