"""pixelcnn: gradients, 20 steps, drawing place by place, and that a place's logits depend on every code before it and on none other."""
import numpy as np

CODES, CLASSES, WIDTH, LAYERS, SIDE = 16, 10, 8, 3, 5
SOURCE = "pixelcnn/pixelcnn.vae"
DEFINES = (f"-Dcodes={CODES}", f"-Dclasses={CLASSES}", f"-Dwidth={WIDTH}", f"-Dlayers={LAYERS}")
BATCH, STEPS = 8, 21


def codes(count):
    return np.random.RandomState(41).randint(0, CODES, (count, SIDE, SIDE)).astype(np.int32)


def labels(count):
    return np.random.RandomState(42).randint(0, CLASSES, count).astype(np.int32)


def draws():
    return np.random.RandomState(43).uniform(0, 1, (SIDE * SIDE, 4, CODES)).astype(np.float32)


def check(check):
    index, label = codes(BATCH * STEPS), labels(BATCH * STEPS)
    check.same("logits", {"index": index[:5], "label": label[:5]})
    check_order(check)
    given = {"label": label[:4], "H": SIDE, "W": SIDE, "temperature": np.float32(0.7)}
    drawn = check.run("sample", given, ["result"], draws())["result"]
    check.harness.expect(f"{check.device} sample draws PyTorch's codes", np.array_equal(drawn, check.reference["sample"]))
    check.gradients("nll", {"index": index[:6], "label": label[:6]})
    check.train(("loss",), {"index": index, "label": label}, batch=BATCH, tolerance=2e-4)


def check_order(check):
    label = lambda grids: np.full(len(grids), 3, np.int32)
    logits = lambda grids: check.run("logits", {"index": grids, "label": label(grids)}, ["result"])["result"]
    check.order(codes(1), CODES, lambda grids: logits(grids).reshape(len(grids), CODES, SIDE * SIDE).transpose(0, 2, 1))


def reference(t):
    nn, F, torch = t.nn, t.F, t.torch

    class Layer(nn.Module):
        def __init__(self, kernel, first):
            super().__init__()
            self.reach, self.first = kernel // 2, first
            self.label = nn.Embedding(CLASSES, 2 * WIDTH)
            self.vertical = nn.Conv2d(WIDTH, 2 * WIDTH, (self.reach + 1, kernel))
            self.above = nn.Conv2d(2 * WIDTH, 2 * WIDTH, 1)
            self.horizontal = nn.Conv2d(WIDTH, 2 * WIDTH, (1, kernel))
            self.out = nn.Conv2d(WIDTH, WIDTH, 1)

        def forward(self, v, h, label):
            gate = lambda x: torch.tanh(x[:, :WIDTH]) * torch.sigmoid(x[:, WIDTH:])
            given = self.label(label)[:, :, None, None]
            vertical = self.vertical(F.pad(v, (self.reach, self.reach, self.reach, 0)))
            above = self.above(torch.cat([torch.zeros_like(vertical[:, :, :1]), vertical[:, :, :-1]], 2))
            mask = torch.ones_like(self.horizontal.weight)
            mask[..., self.reach + (not self.first):] = 0
            left = F.conv2d(h, self.horizontal.weight * mask, self.horizontal.bias, padding=(0, self.reach))
            out = self.out(gate(left + above + given))
            return gate(vertical + given), out if self.first else out + h

    class PixelCnn(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(CODES, WIDTH)
            self.layers = nn.ModuleList(Layer(3 if i else 7, not i) for i in range(LAYERS))
            self.hidden, self.logits = nn.Conv2d(WIDTH, 4 * WIDTH, 1), nn.Conv2d(4 * WIDTH, CODES, 1)

        def forward(self, index, label):
            v = h = self.embed(index).movedim(-1, 1)
            for layer in self.layers:
                v, h = layer(v, h, label)
            return self.logits(F.relu(self.hidden(F.relu(h))))

        def sample(self, label, draws, temperature):
            index = torch.zeros(len(label), SIDE, SIDE, dtype=torch.long)
            for place, u in enumerate(draws):
                row, column = divmod(place, SIDE)
                gumbel = -torch.log(-torch.log(u.clamp(min=2.0**-24)))
                index[:, row, column] = (self(index, label)[:, :, row, column] / temperature + gumbel).argmax(1)
            return index

        def loss(self, index, label):
            return (F.cross_entropy(self(index, label), index),)

    index, label = (t.tensor(values).long() for values in (codes(BATCH * STEPS), labels(BATCH * STEPS)))
    model = t.model(PixelCnn())
    result = {"logits/result": model(index[:5], label[:5]), "sample": model.sample(label[:4], t.tensor(draws()), 0.7)} | t.gradients(model, index[:6], label[:6])
    return result | t.training(model, torch.optim.Adam(model.parameters(), lr=1e-3), BATCH, index, label)
