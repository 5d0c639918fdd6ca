"""python -m tests.campaigns NAME ...: what ./dev campaign runs once its servers are up."""

import importlib
import sys

named = importlib.import_module(f"tests.campaigns.{sys.argv[1]}")
sys.exit(named.main(sys.argv[2:]))
