# A problem from a file, and answers to the commands that linear.c answers. One thread: import this before what computes.

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import sys
import time

import numpy as np


def problem():
    """x, W, b and the labels."""
    N, D, C = map(int, sys.argv[1:4])
    with open(sys.argv[4], "rb") as file:
        read = lambda count, kind: np.fromfile(file, kind, count)
        return read(N * D, "f4").reshape(N, D), read(C * D, "f4").reshape(C, D), read(C, "f4"), read(N, "i4")


def answer(logits, step):
    """`step` gives the loss and the gradients as arrays."""
    for line in sys.stdin:
        if line.startswith("c"):
            loss, *gradients = step()
            print(float(loss), *(float(np.abs(np.asarray(g)).sum(dtype="f8")) for g in gradients), flush=True)
            continue
        begin = time.perf_counter()
        (logits if line.startswith("l") else step)()
        print(1e3 * (time.perf_counter() - begin), flush=True)
