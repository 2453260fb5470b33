# The layer with its loss and gradients in PyTorch, on one thread: its own functions, and its own gradients of them.

from answers import answer, problem

import torch
from torch.nn.functional import cross_entropy, linear

torch.set_num_threads(1)
x, w, b, labels = map(torch.from_numpy, problem())
inputs = [tensor.requires_grad_() for tensor in (x, w, b)]
labels = labels.long()


def logits():
    with torch.no_grad():
        return linear(x, w, b)


def step():
    loss = cross_entropy(linear(x, w, b), labels)
    return loss.detach(), *torch.autograd.grad(loss, inputs)


answer(logits, step)
