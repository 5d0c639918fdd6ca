"""python -m tests.campaigns NAME ...: what ./dev campaign runs once its servers are up."""

import importlib
import sys

from tests.everywhere import within_all_walls

with within_all_walls("a campaign"):
    named = importlib.import_module(f"tests.campaigns.{sys.argv[1]}")
    sys.exit(named.main(sys.argv[2:]))
