"""The works that peers are measured by: a model in the language, and the same in PyTorch. PyTorch is imported only by who asks for it."""
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tests/bench"), str(ROOT / "tests/e2e")]
KL = {"block_out_channels": (128, 256, 512, 512), "layers_per_block": 2, "latent_channels": 4, "norm_num_groups": 32,
      "down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4}


def normal(*shape):
    return np.random.RandomState(3).standard_normal(shape).astype(np.float32)


def uniform(low, high, *shape):
    return np.random.RandomState(4).uniform(low, high, shape).astype(np.float32)


class Work:
    """A function of arrays. `program` of the model in `source` (a file of examples/, or a text) computes what `module` does."""
    name = title = program = source = ""
    outputs = ("result",)
    is_step = False
    only = True  # the program alone is compiled

    def __init__(self, size):
        self.size = size

    def inputs(self):
        """By the names of the program's inputs, in the order of the module's arguments."""
        raise NotImplementedError

    def module(self):
        """With weights of a fixed seed, under the model's names."""
        raise NotImplementedError

    def weights(self, module):
        return {name: value.detach().numpy() for name, value in module.state_dict().items() if not name.endswith("num_batches_tracked")}


def of(function, **parameters):
    """A function with parameters as a module of PyTorch's."""
    import torch

    class Module(torch.nn.Module):
        def __init__(self):
            super().__init__()
            for name, value in parameters.items():
                setattr(self, name, torch.nn.Parameter(torch.tensor(value)))

        def forward(self, *inputs):
            return function(self, *inputs)

    return Module()


class Decode(Work):
    name, program, source = "decode", "decode", "autoencoder_kl/autoencoder_kl.vae"

    @property
    def title(self):
        return f"AutoencoderKL decode 4x{self.size}x{self.size}"

    def inputs(self):
        return {"z": normal(1, 4, self.size, self.size)}

    def vae(self):
        import diffusers
        import torch

        torch.manual_seed(1)
        return diffusers.AutoencoderKL(**KL).eval()

    def module(self):
        return self.shell(self.vae())

    def shell(self, vae):
        import torch

        class Shell(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.post_quant_conv, self.decoder = vae.post_quant_conv, vae.decoder

            def forward(self, z):
                return self.decoder(self.post_quant_conv(z))

        return Shell().eval()


class Encode(Decode):
    name, program, outputs = "encode", "encode", ("mean", "logvar")

    @property
    def title(self):
        return f"AutoencoderKL encode 3x{8 * self.size}x{8 * self.size}"

    def inputs(self):
        return {"x": uniform(-1, 1, 1, 3, 8 * self.size, 8 * self.size)}

    def shell(self, vae):
        import torch

        class Shell(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.quant_conv, self.encoder = vae.quant_conv, vae.encoder

            def forward(self, x):
                mean, logvar = self.quant_conv(self.encoder(x)).chunk(2, 1)
                return mean, logvar.clamp(-30, 20)

        return Shell().eval()


class TinyDecode(Work):
    name, program, source = "tiny-decode", "decode", "autoencoder_tiny/autoencoder_tiny.vae"

    @property
    def title(self):
        return f"AutoencoderTiny decode {8 * self.size}x{8 * self.size}"

    def inputs(self):
        return {"z": normal(1, 4, self.size, self.size)}

    def module(self):
        import diffusers
        import torch

        torch.manual_seed(1)
        vae = diffusers.AutoencoderTiny().eval()
        part = {"encode": "encoder", "decode": "decoder"}[self.program]

        class Shell(torch.nn.Module):
            def __init__(self):
                super().__init__()
                setattr(self, part, getattr(vae, part))

            def forward(self, x):
                return getattr(self, part)(x)

        return Shell().eval()


class TinyEncode(TinyDecode):
    name, program, outputs = "tiny-encode", "encode", ("z",)

    @property
    def title(self):
        return f"AutoencoderTiny encode {8 * self.size}x{8 * self.size}"

    def inputs(self):
        return {"x": uniform(-1, 1, 1, 3, 8 * self.size, 8 * self.size)}


class Gemm(Work):
    name, title, program, outputs = "gemm", "GEMM 1024x1024x1024", "apply", ("result",)
    source = "model gemm() { func apply(x: f32[B, 1024]) -> f32[B, 1024] { return x |> linear(1024) @fc } }"

    def inputs(self):
        return {"x": normal(1024, 1024)}

    def module(self):
        import torch

        torch.manual_seed(1)
        return torch.nn.Sequential(torch.nn.Linear(1024, 1024)).eval()

    def weights(self, module):
        return {f"fc.{name[2:]}": value for name, value in super().weights(module).items()}


class Attention(Work):
    name, title, program, heads, length, width = "attention", "attention 4096x512, one head", "attend", 1, 4096, 512

    @property
    def source(self):
        type = f"f32[B, {self.length}, {self.width}]"
        return f"model attending() {{ func attend(q: {type}, k: {type}, v: {type}) -> {type} {{ return attention(q, k, v, heads = {self.heads}) }} }}"

    def inputs(self):
        return dict(zip("qkv", np.split(normal(3, self.length, self.width), 3)))

    def module(self):
        import torch

        def attend(_, *given):
            heads = [value.unflatten(2, (self.heads, -1)).transpose(1, 2) for value in given]
            return torch.nn.functional.scaled_dot_product_attention(*heads).transpose(1, 2).flatten(2)

        return of(attend)


class Heads(Attention):
    name, title, heads, length = "heads", "attention 1024x8x64", 8, 1024


class Nearest(Work):
    name, title, program, outputs = "nearest", "nearest of 8192 codes, 1024x256", "nearest", ("result",)
    source = """model lookup() {
  codebook = parameter([8192, 256])
  func nearest(z: f32[B, 256]) -> i32[B] {
    _, index, _ = z |> vector_quantize(codebook)
    return index
  }
}"""

    def inputs(self):
        return {"z": normal(1024, 256)}

    def module(self):
        # Distances as products, as everybody computes them.
        return of(lambda self, z: ((self.codebook * self.codebook).sum(1) - 2 * z @ self.codebook.T).argmin(1), codebook=normal(8192, 512)[:, 256:].copy())


class Step(Work):
    """A training step: forward, backward, Adam. The arrays of a check are the loss's with the noise given; its first input is the batch."""
    is_step, only, rate, outputs = True, False, 1e-3, ("loss",)
    jax_loss = ""  # of jax_losses.py

    def check_inputs(self):
        """What `module.loss` takes beside the batch: noise, by the twin's names."""
        return {}


class Mnist(Step):
    name, title, program, source = "mnist", "MNIST VAE step, batch 64", "elbo", "mnist_vae/mnist_vae.vae"
    jax_loss = "mnist"

    def inputs(self):
        import inputs

        return {"x": inputs.images(64)}

    def check_inputs(self):
        return {"noise0": normal(64, 20)}

    def module(self):
        import torch
        import torch.nn.functional as F

        from train_step import Vae

        class Noisy(Vae):
            def forward(self, x, eps=None):
                h = F.relu(self.fc2(F.relu(self.fc1(x))))
                mu, logvar = self.mu(h), self.logvar(h)
                z = mu + torch.exp(0.5 * logvar) * (torch.randn_like(mu) if eps is None else eps)
                y = torch.sigmoid(self.out(F.relu(self.fc4(F.relu(self.fc3(z))))))
                return (F.binary_cross_entropy(y, x, reduction="sum") - 0.5 * torch.sum(1 + logvar - mu**2 - logvar.exp())) / len(x)

        torch.manual_seed(1)
        return Noisy()


class ConvVae(Step):
    name, title, program, source = "conv-vae", "conv_vae step, batch 128", "elbo", "conv_vae/conv_vae.vae"
    jax_loss = "conv_vae"

    def inputs(self):
        import inputs

        return {"x": inputs.images(128).reshape(-1, 1, 28, 28)}

    def check_inputs(self):
        return {"noise0": normal(128, 20)}

    def module(self):
        import torch

        import torch_side
        from models import conv_vae

        class Noisy(conv_vae.module_class(torch_side)):
            def forward(self, x, eps=None):
                return self.loss(x, torch.randn(len(x), 20) if eps is None else eps)[0]

        torch.manual_seed(1)
        return Noisy(width=32)


class VqVae(Step):
    name, title, program, rate = "vq-vae", "VQ-VAE step, batch 32", "total", 2e-4
    jax_loss = "vq_vae"

    @property
    def source(self):
        import re

        return re.search(r'^TEXT = """(.*?)"""', (ROOT / "tests/bench/vqvae_step.py").read_text(), re.M | re.S)[1]

    def inputs(self):
        return {"x": uniform(-1, 1, 32, 3, 32, 32)}

    def module(self):
        import torch

        import vqvae_step

        torch.manual_seed(1)
        return vqvae_step.VqVae()


class Reparameterise(Work):
    """2^24 Gaussians: forward and backward. Both sides draw their noise; what does not hang on it, the gradient of the means, is compared."""
    only = False
    name, title, program, outputs = "reparameterise", "reparameterise + KL, 2^24, and back", "pull.gradient", ("gradient:mu",)
    source = """model gaussian() {
  mu = parameter([4096, 4096])
  logvar = parameter([4096, 4096])
  loss pull() { return sum(reparameterize(mu, logvar)) + kl(mu, logvar) }
  train { minimize pull with sgd(lr = 0.1) }
}"""

    def inputs(self):
        return {}

    def module(self):
        import torch

        def gradients(self):
            z = self.mu + torch.exp(0.5 * self.logvar) * torch.randn_like(self.mu)
            kl = -0.5 * torch.sum(1 + self.logvar - self.mu**2 - self.logvar.exp()) / len(self.mu)
            return torch.autograd.grad(z.sum() + kl, [self.mu, self.logvar])[0]

        return of(gradients, mu=normal(4096, 4096), logvar=normal(4096, 8192)[:, :4096].copy())


WORKS = {work.name: work for work in (Decode, Encode, TinyDecode, TinyEncode, Mnist, ConvVae, VqVae, Nearest, Reparameterise, Gemm, Attention, Heads)}
