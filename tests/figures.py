"""What a test measured, for who runs it with -s and for the table of promises."""

import sys


def figure(words: str) -> None:
    sys.stdout.write(f"\n{words}\n")
