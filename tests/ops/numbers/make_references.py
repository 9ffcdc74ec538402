#!/usr/bin/env python3
"""Writes references/*.npz: what PyTorch computes in float64 for the cases of cases.py, and its gradients. Needs torch; tests do not.

    python3 tests/ops/numbers/make_references.py [OP...]
"""
import sys

import torch
import torch.nn.functional as F

import formulas
from case import GRADIENT_BATCH, Digest, save_references
from cases import CASES

NAMES = {"torch": torch, "F": F} | {name: value for name, value in vars(formulas).items() if callable(value)}


def leaves(inputs):
    """Operands and layer parameters by name, as float64 that gradients are taken of."""
    integers = inputs.case.integers
    values = {n: torch.tensor(v, dtype=torch.int64 if n in integers else torch.float64, requires_grad=n not in integers) for n, v in inputs.operands.items()}
    return values | {n: torch.tensor(v, dtype=torch.float64, requires_grad="running" not in inputs.case.parameters[n][0]) for n, v in inputs.layer.items()}


def evaluate(formula, inputs, values):
    noise = {} if inputs.noise is None else {"u": torch.tensor(inputs.noise, dtype=torch.float64)}
    return eval(formula, {**NAMES, **values, **noise})


def digests(case):
    for batch in (*case.batches, GRADIENT_BATCH):
        inputs = case.inputs(batch)
        result = evaluate(case.formula, inputs, leaves(inputs)).detach()
        yield f"result {batch}", Digest.of(result.numpy())
    if not case.gradient:
        return
    values = leaves(inputs)
    loss = (evaluate(case.training or case.formula, inputs, values) * torch.tensor(inputs.weight(result.shape), dtype=torch.float64)).sum()
    loss.backward()
    yield "loss", Digest.of(loss.detach().numpy())
    for name, value in values.items():
        if value.requires_grad:
            yield f"gradient {name}", Digest.of(torch.zeros_like(value) if value.grad is None else value.grad.numpy())


def main():
    for op in sys.argv[1:] or sorted({case.op for case in CASES}):
        found = {}
        for case in CASES:
            if case.op == op and not callable(case.formula):
                made = {f"{case.key}:{what}": digest for what, digest in digests(case)}
                if found.keys() & made.keys():
                    raise SystemExit(f"two cases of {op} are the same: {case.name}")
                found |= made
        if found:
            save_references(op, found)
        print(f"{op}: {len(found)} results")


if __name__ == "__main__":
    main()
