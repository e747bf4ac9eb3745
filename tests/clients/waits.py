"""Waiting for what a server does on its own time: for the thing itself, with a limit that only a failure reaches."""

import time

PATIENCE = 120


def eventually(condition, pause=0.1):
    """What the condition gives, once that is true."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(pause)
    return found
