"""lpips: distances of pictures by three networks, against PyTorch. Part of autoencoder_kl_decoder_gan's check."""
import inputs
from models import autoencoder_kl

SOURCE = "lpips/lpips.vae"
CONFIGS = {"small": {"widths": [4, 6, 6, 8, 8]}, "deep": {"widths": [3, 4, 5, 6, 7], "layers": [1, 3, 2, 1, 2]}, "flat": {"widths": [8] * 5, "layers": [1] * 5}}
SIDES = ((16, 16), (19, 30))  # the second is rounded down at every pool


def pairs(height, width):
    pictures = autoencoder_kl.pictures(6, height, width)
    return pictures[:3], pictures[3:]


def check(check):
    for name, config in CONFIGS.items():
        prefix = f"lpips-{name}/"
        check.other(SOURCE, inputs.defines(config), prefix)
        for height, width in SIDES:
            x, y = pairs(height, width)
            value = check.run("distance", {"x": x, "y": y}, ["result"])["result"]
            check.compare(f"{prefix}distance at {height}x{width}", value, check.reference[f"{prefix}distance/{height}x{width}"], 1e-5)


def network(t, widths, layers=(2, 2, 3, 3, 3)):
    """LPIPS of taming-transformers: torchvision's VGG16 in slices, each from a pool on, and weights of channels behind each."""
    nn = t.nn

    class Lpips(nn.Module):
        def __init__(self):
            super().__init__()
            self.scaling_layer, self.net = nn.Module(), nn.Module()
            self.scaling_layer.register_buffer("shift", t.torch.zeros(1, 3, 1, 1))
            self.scaling_layer.register_buffer("scale", t.torch.ones(1, 3, 1, 1))
            place, before = 0, 3
            for i, (width, count) in enumerate(zip(widths, layers)):
                steps = nn.Sequential()
                if i > 0:
                    steps.add_module(str(place), nn.MaxPool2d(2, 2))
                    place += 1
                for _ in range(count):
                    steps.add_module(str(place), nn.Conv2d(before, width, 3, padding=1))
                    steps.add_module(str(place + 1), nn.ReLU())
                    place, before = place + 2, width
                setattr(self.net, f"slice{i + 1}", steps)
                weights = nn.Module()
                weights.model = nn.Sequential(nn.Dropout(), nn.Conv2d(width, 1, 1, bias=False))
                setattr(self, f"lin{i}", weights)
            self.eval()

        def features(self, x):
            x = (x - self.scaling_layer.shift) / self.scaling_layer.scale
            for i in range(len(widths)):
                x = getattr(self.net, f"slice{i + 1}")(x)
                yield x / x.square().sum(1, keepdim=True).clamp(min=1e-20).sqrt()

        def forward(self, x, y):
            apart = [(a - b).square() for a, b in zip(self.features(x), self.features(y))]
            return sum(getattr(self, f"lin{i}").model(value).mean([1, 2, 3]) for i, value in enumerate(apart))

    return Lpips()


def reference(t):
    result = {}
    for name, config in CONFIGS.items():
        prefix, model = f"lpips-{name}/", t.model(network(t, **config)).eval()
        result[f"{prefix}shapes"] = inputs.shapes_text(t.shapes(model))
        for height, width in SIDES:
            result[f"{prefix}distance/{height}x{width}"] = model(*map(t.tensor, pairs(height, width)))
    return result
