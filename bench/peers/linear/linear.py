# The layer with its loss and gradients in NumPy, on one thread. Answers the commands that linear.c answers.

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import sys
import time

import numpy as np

N, D, C = map(int, sys.argv[1:4])
with open(sys.argv[4], "rb") as file:
    read = lambda count, kind: np.frombuffer(file.read(4 * count), kind)
    x, w, b, labels = read(N * D, "f4").reshape(N, D), read(C * D, "f4").reshape(C, D), read(C, "f4"), read(N, "i4")


def logits():
    return x @ w.T + b


def step():
    z = logits()
    rows = np.arange(N)
    z -= z.max(1, keepdims=True)
    loss = -z[rows, labels].mean(dtype="f8")
    np.exp(z, out=z)
    sums = z.sum(1, keepdims=True)
    loss += np.log(sums).mean(dtype="f8")
    z /= sums
    z[rows, labels] -= 1
    z /= N
    return loss, z @ w, z.T @ x, z.sum(0)


for line in sys.stdin:
    if line.startswith("c"):
        loss, *gradients = step()
        print(loss, *(float(np.abs(g).sum(dtype="f8")) for g in gradients), flush=True)
        continue
    begin = time.perf_counter()
    (logits if line.startswith("l") else step)()
    print(1e3 * (time.perf_counter() - begin), flush=True)
