"""Speaks every number there is, A001 to Z999, and listens: the right length, and never silent."""

import string
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path

from queue_service import speech
from tests.test_speech import call, heard

NOWHERE = Path("/nowhere")
NUMBERS = [f"{letter}{count:03}" for letter in string.ascii_uppercase for count in range(1, 1000)]
LENGTHS, LEAST_LOUD = (3.5, 8.0), 0.03


def listen(number: str) -> tuple[str, float, float]:
    seconds, loud = heard(speech.announce(call(number), NOWHERE))
    return number, seconds, loud


def main() -> int:
    numbers = list(islice(NUMBERS, 0, None, int(sys.argv[1]) if sys.argv[1:] else 1))
    begun = time.monotonic()
    with ProcessPoolExecutor() as listeners:
        found = list(listeners.map(listen, numbers, chunksize=50))
    wrong = [one for one in found if not LENGTHS[0] < one[1] < LENGTHS[1] or one[2] <= LEAST_LOUD]
    shortest, longest = min(one[1] for one in found), max(one[1] for one in found)
    took = time.monotonic() - begun
    print(
        f"{len(found)} calls in {took:.0f} s, {shortest:.1f} to {longest:.1f} s long, the quietest"
    )
    print(f"at {min(one[2] for one in found):.3f} of full; a call needs {LEAST_LOUD}")
    for number, seconds, loud in wrong:
        print(f"{number}: {seconds:.1f} s at {loud:.3f}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
