"""What references in models/ share. Needs torch, which tests do not."""
import copy

import numpy as np
import torch
import torch.nn as nn  # noqa: F401
import torch.nn.functional as F  # noqa: F401

import inputs


def tensor(values):
    values = torch.tensor(values)
    return values.double() if values.is_floating_point() else values


def shapes(model):
    return [(name, tuple(value.shape)) for name, value in model.state_dict().items() if not name.endswith("num_batches_tracked")]


def model(module):
    """The module in float64 with the weights that the tests draw for its shapes."""
    module = module.double()
    drawn = {name: tensor(value) for name, value in inputs.draw(shapes(module)).items()}
    module.load_state_dict(drawn, strict=False)
    return module


def gradients(module, *given, most=1500):
    """Of a copy, so that buffers stay as they are."""
    module = copy.deepcopy(module)
    module.loss(*given)[0].backward()
    return {f"gradient/{name}": inputs.sample_of(value.grad.numpy(), most) for name, value in module.named_parameters() if value.requires_grad}


def training(module, optimizer, batch, *data, before=lambda step: (), after=lambda step: None):
    """The terms of each step, and the buffers at the end. `before` gives a step's further arguments of the loss."""
    steps = []
    for step in range(len(data[0]) // batch):
        rows = slice(step * batch, (step + 1) * batch)
        terms = module.loss(*(values[rows] for values in data), *before(step))
        optimizer.zero_grad()
        terms[0].backward()
        optimizer.step()
        after(step)
        steps.append([float(term.detach()) for term in terms])
    buffers = {f"buffer/{name}": value for name, value in module.named_buffers() if not name.endswith("num_batches_tracked")}
    return {"train": np.array(steps), **buffers, "shapes": inputs.shapes_text(shapes(module))}


def stored(values):
    """Arrays as files hold them: single precision is more than any comparison asks of a tensor; losses keep all they have."""
    arrays = {name: value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(value) for name, value in values.items()}
    single = lambda name, value: value.astype(np.float32) if value.dtype == np.float64 and name.rpartition("/")[2] != "train" else value
    return {name: single(name, value) for name, value in arrays.items()}
