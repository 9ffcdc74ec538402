"""conv_vae: batch normalisation in both its forms, gradients, 20 steps, and the running statistics that they leave."""
import json

import inputs

SOURCE, DEFINES = "conv_vae/conv_vae.vae", ("-Dwidth=16",)
BATCH, STEPS = 8, 21


def pictures():
    return inputs.images(BATCH * STEPS).reshape(-1, 1, 28, 28)


def check(check):
    x, eps = pictures(), inputs.noise(BATCH * STEPS)
    check.same("encode", {"x": x[:7]}, outputs=("mu", "logvar"))
    check.same("decode", {"z": eps[:7]})
    check.gradients("elbo", {"x": x[:7]}, eps[:7])
    check.train(("loss", "bce", "kl"), {"x": x}, eps, batch=BATCH, tolerance=2e-4)
    if check.wants("infer"):
        operations(check.harness)


def operations(tools):
    """What `info` states for encode: two a product, as many products as a convolution's result has elements and its window taps; bias and norm are little."""
    products = 14 * 14 * 16 * 16 + 7 * 7 * 32 * 16 * 16 + 2 * 32 * 7 * 7 * inputs.LATENT
    text = tools.tool("vae-run", "info", tools.package, "B=8", "--json", capture_output=True, text=True).stdout
    flops = next(program["memory"]["flops"] for program in json.loads(text)["programs"] if program["name"] == "encode")
    tools.expect(f"encode is stated as {flops:.0f} operations", 1 <= flops / (2 * 8 * products) < 1.05)


def module_class(t):
    """The model as a class of PyTorch modules, by `width`; the benchmark of its step has it from here."""
    nn, F, torch = t.nn, t.F, t.torch

    class ConvVae(nn.Module):
        def __init__(self, width=16, latent=20):
            super().__init__()
            self.conv1 = nn.Conv2d(1, width, 4, 2, 1)
            self.conv2, self.norm2 = nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * width)
            self.mu, self.logvar = nn.Linear(2 * width * 49, latent), nn.Linear(2 * width * 49, latent)
            self.fc, self.norm3 = nn.Linear(latent, 2 * width * 49, bias=False), nn.BatchNorm2d(2 * width)
            self.up1, self.norm4 = nn.ConvTranspose2d(2 * width, width, 4, 2, 1, bias=False), nn.BatchNorm2d(width)
            self.up2 = nn.ConvTranspose2d(width, 1, 4, 2, 1)

        def encode(self, x):
            h = F.leaky_relu(self.norm2(self.conv2(F.leaky_relu(self.conv1(x), 0.2))), 0.2).flatten(1)
            return self.mu(h), self.logvar(h)

        def decode(self, z):
            h = F.relu(self.norm3(self.fc(z).unflatten(1, (-1, 7, 7))))
            return torch.sigmoid(self.up2(F.relu(self.norm4(self.up1(h)))))

        def loss(self, x, eps):
            mu, logvar = self.encode(x)
            bce = F.binary_cross_entropy(self.decode(mu + torch.exp(logvar / 2) * eps), x, reduction="sum") / len(x)
            kl = -0.5 * torch.sum(1 + logvar - mu**2 - logvar.exp()) / len(x)
            return bce + kl, bce, kl

    return ConvVae


def reference(t):
    torch = t.torch
    model, x, eps = t.model(module_class(t)()), t.tensor(pictures()), t.tensor(inputs.noise(BATCH * STEPS))
    model.eval()
    mu, logvar = model.encode(x[:7])
    result = {"encode/mu": mu, "encode/logvar": logvar, "decode/result": model.decode(eps[:7])}
    model.train()
    return result | t.gradients(model, x[:7], eps[:7]) | t.training(model, torch.optim.Adam(model.parameters(), lr=1e-3), BATCH, x, eps)
