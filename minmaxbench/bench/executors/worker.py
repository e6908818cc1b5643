"""The program of a worker process: calls come in at standard input, answers leave by a pipe of its own.

A call is a function of this package with its arguments, such as :func:`perform
<minmaxbench.bench.executors.task.perform>` with a packed unit.

What code of the user's prints goes to standard error. Ctrl-C is the parent's business: the worker
leaves, at once, when the pipe from its parent ends.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading


def main() -> None:
    """Answer calls until there are no more."""
    answers = os.fdopen(os.dup(1), "wb")
    orders = os.fdopen(os.dup(0), "rb")
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdout = sys.stderr
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    left: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    from minmaxbench.bench.executors.pool import READY, receive, send

    def listen() -> None:
        while (message := receive(orders)) is not None:
            left.put(message)
        # The parent has closed the pipe, or has gone: with it goes what units have begun.
        if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()

    import pickle

    # All that units need: their time begins when it is there.
    import minmaxbench.bench.executors.task  # noqa: F401
    from minmaxbench.bench.store import StoreError
    from minmaxbench.bench.unit import sentence

    send(answers, READY)
    while True:
        try:
            function, arguments = pickle.loads(left.get())
            answer = function(*arguments)
        except StoreError as error:
            # No fault of the unit's: the study ends.
            answer = error
        except BaseException as error:
            answer = sentence(error)
        send(answers, pickle.dumps(answer))


if __name__ == "__main__":
    main()
