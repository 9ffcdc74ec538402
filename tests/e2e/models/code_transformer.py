"""code_transformer: logits, gradients and 20 steps of three configurations, that a place sees the codes before it and none other, and drawing with kept keys
and values, whose codes are those of the whole prefix computed anew at each place."""
import numpy as np

CLASSES = 10
# By where their results are stored: codes, rows, columns, width, layers, heads, k.
CONFIGURATIONS = {"": (16, 5, 4, 16, 2, 4, 5), "one_head/": (7, 3, 3, 12, 1, 1, 7), "wide/": (40, 2, 6, 24, 2, 3, 1)}
SOURCE = "code_transformer/code_transformer.vae"
STEPS = 21
BATCHES = {"": 8, "one_head/": 1, "wide/": 3}


def defines(configuration):
    names = ("codes", "rows", "columns", "width", "layers", "heads", "k")
    return tuple(f"-D{name}={value}" for name, value in zip(names, CONFIGURATIONS[configuration]))


DEFINES = defines("")


def codes(configuration, count):
    most, rows, columns, *_ = CONFIGURATIONS[configuration]
    return np.random.RandomState(51).randint(0, most, (count, rows, columns)).astype(np.int32)


def labels(count):
    return np.random.RandomState(52).randint(0, CLASSES, count).astype(np.int32)


def draws(configuration):
    most, rows, columns, *_ = CONFIGURATIONS[configuration]
    return np.random.RandomState(53).uniform(0, 1, (rows * columns, 6, most)).astype(np.float32)


def check(check):
    for prefix in CONFIGURATIONS:
        if prefix:
            check.other(SOURCE, defines(prefix), prefix)
        check_drawing(check, prefix)
        check.same("logits", {"index": codes(prefix, 5), "label": labels(5)}, prefix=prefix)
        check_training(check, prefix)
        if not prefix:
            check_order(check)


def check_training(check, prefix):
    batch = BATCHES[prefix]
    index, label = codes(prefix, batch * STEPS), labels(batch * STEPS)
    check.gradients("nll", {"index": index[:batch], "label": label[:batch]}, prefix=prefix, most=50 if prefix else 1500)
    check.train(("loss",), {"index": index, "label": label}, batch=batch, prefix=prefix)


def check_drawing(check, prefix):
    for temperature in (1.0, 0.6):
        drawn = check.run("sample", {"label": labels(6), "temperature": np.float32(temperature)}, ["result"], draws(prefix))["result"]
        expected = check.reference[f"{prefix}sample/{temperature}"]
        check.harness.expect(f"{check.device} {prefix}sample at {temperature} draws PyTorch's codes", np.array_equal(drawn, expected))


def check_order(check):
    label = lambda grids: np.full(len(grids), 3, np.int32)
    check.order(codes("", 1), CONFIGURATIONS[""][0], lambda grids: check.run("logits", {"index": grids, "label": label(grids)}, ["result"])["result"])


def reference(t):
    nn, F, torch = t.nn, t.F, t.torch

    class Layer(nn.Module):
        def __init__(self, width, heads):
            super().__init__()
            self.heads = heads
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
            self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x):
            h = self.norm1(x)
            q, k, v = (layer(h).unflatten(2, (self.heads, -1)).transpose(1, 2) for layer in (self.query, self.key, self.value))
            scores = q @ k.transpose(2, 3) / q.shape[3] ** 0.5
            hidden = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
            answer = torch.softmax(scores.masked_fill(hidden, float("-inf")), 3) @ v
            x = x + self.out(answer.transpose(1, 2).flatten(2))
            return x + self.down(F.gelu(self.up(self.norm2(x))))

    class Transformer(nn.Module):
        def __init__(self, codes, rows, columns, width, layers, heads, k):
            super().__init__()
            self.grid, self.k = (rows, columns), k
            self.tokens, self.labels, self.positions = (nn.Parameter(torch.zeros(rows, width)) for rows in (codes, CLASSES, rows * columns))
            self.layers = nn.ModuleList(Layer(width, heads) for _ in range(layers))
            self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, codes, bias=False)

        def forward(self, index, label):
            """Of as many places as there are codes, and one."""
            x = torch.cat([self.labels[label][:, None], self.tokens[index]], 1)
            x = x + self.positions[:x.shape[1]]
            for layer in self.layers:
                x = layer(x)
            return self.head(self.norm(x))

        def sample(self, label, draws, temperature):
            index = torch.zeros(len(label), 0, dtype=torch.long)
            for u in draws:
                logits = self(index, label)[:, -1]
                order = torch.argsort(logits, 1, descending=True)
                logits = logits.scatter(1, order[:, self.k:], float("-inf"))
                drawn = (logits / temperature - torch.log(-torch.log(u.clamp(min=2.0**-24)))).argmax(1)
                index = torch.cat([index, drawn[:, None]], 1)
            return index.unflatten(1, self.grid)

        def loss(self, index, label):
            index = index.flatten(1)
            return (F.cross_entropy(self(index[:, :-1], label).transpose(1, 2), index),)

    def trained(model, prefix):
        batch = BATCHES[prefix]
        index, label = (t.tensor(values).long() for values in (codes(prefix, batch * STEPS), labels(batch * STEPS)))
        steps = t.gradients(model, index[:batch], label[:batch], most=50 if prefix else 1500)
        return steps | t.training(model, torch.optim.Adam(model.parameters(), lr=1e-3), batch, index, label)

    result = {}
    for prefix, sizes in CONFIGURATIONS.items():
        model, label = t.model(Transformer(*sizes)), t.tensor(labels(6)).long()
        result[f"{prefix}logits/result"] = model(t.tensor(codes(prefix, 5)).long().flatten(1)[:, :-1], label[:5])
        for temperature in (1.0, 0.6):
            result[f"{prefix}sample/{temperature}"] = model.sample(label, t.tensor(draws(prefix)), temperature)
        result |= {prefix + name: value for name, value in trained(model, prefix).items()}
    return result
