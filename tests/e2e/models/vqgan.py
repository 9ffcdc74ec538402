"""vqgan: codes and pictures of three configurations, gradients of both losses, 20 steps in turn; against diffusers' layers and a patch discriminator."""
import numpy as np

import inputs
from models import vqvae

BATCH, STEPS, START, RATE, SIDE = 4, 21, 5, 3e-4, 16
CODES, WIDTH, LATENT = vqvae.CODES, 4, 6
SOURCE = "vqgan/vqgan.vae"
SHARED = {"codes": CODES, "width": WIDTH, "latent": LATENT}
CONFIG = {**SHARED, "widths": [4, 8], "layers": 1, "groups": 2, "attended": 1, "critic_width": 6, "critic_layers": 2, "critic_start": START, "learning_rate": RATE}
# Attention nowhere but in the middle, and on every level of three.
OTHERS = {
    "plain": {**SHARED, "widths": [8], "layers": 2, "groups": 4, "attended": 0, "critic_width": 4, "critic_layers": 1},
    "attended": {**SHARED, "widths": [4, 4, 8], "layers": 1, "groups": 2, "attended": 3, "critic_width": 4, "critic_layers": 3},
}
GENERATOR, DISCRIMINATOR = ("loss", "perplexity", "vector_quantize", "l1", "fooled", "weight"), ("loss", "hinge")


def defines(config):
    return [f"-D{name}={value}" for name, value in config.items()]


DEFINES = defines(CONFIG)


def pictures(count=BATCH * STEPS, side=SIDE):
    return vqvae.pictures(count, side)


def codes(height, width):
    return np.random.RandomState(51).randint(0, CODES, (3, height, width)).astype(np.int32)


def entries(check, prefix, x):
    index = check.run("encode", {"x": x}, ["result"])["result"]
    check.harness.expect(f"{check.device} {prefix}encode gives PyTorch's codes", np.array_equal(index, check.reference[f"{prefix}encode/result"]))
    check.same("features", {"x": x}, prefix=prefix)
    check.same("decode_codes", {"index": codes(3, 2)}, prefix=prefix)
    check.same("reconstruct", {"x": x}, prefix=prefix)


def check(check):
    x = pictures()
    entries(check, "", x[:5])
    check.gradients("generator", {"x": x[:5]}, prefix="generator/")
    check.gradients("discriminator", {"x": x[:5]}, prefix="discriminator/")
    check.train([f"generator.{term}" for term in GENERATOR] + [f"discriminator.{term}" for term in DISCRIMINATOR], {"x": x}, batch=BATCH, tolerance=2e-4)
    for name, config in OTHERS.items():
        check.other(SOURCE, defines(config), f"{name}/")
        entries(check, f"{name}/", pictures(2, SIDE)[:, :, :, :12])


def patch_discriminator(t, width, layers):
    """NLayerDiscriminator of taming-transformers, after Isola et al.: no bias before a batch normalisation."""
    nn = t.nn
    steps = [nn.Conv2d(3, width, 4, 2, 1), nn.LeakyReLU(0.2)]
    before = width
    for i in range(1, layers + 1):
        after = width * min(2**i, 8)
        steps += [nn.Conv2d(before, after, 4, 2 if i < layers else 1, 1, bias=False), nn.BatchNorm2d(after), nn.LeakyReLU(0.2)]
        before = after
    return nn.ModuleDict({"main": nn.Sequential(*steps, nn.Conv2d(before, 1, 4, 1, 1))})


def adaptive_weight(t, rec, fooled, last):
    """Both terms pull alike at the last layer."""
    of_rec, of_fooled = (t.torch.autograd.grad(value, last, retain_graph=True)[0].norm() for value in (rec, fooled))
    return t.torch.clamp(of_rec / (of_fooled + 1e-6), 0, 1e4).detach()


def hinge(t, critic, x, y):
    return (t.F.relu(1 - critic(x)).mean() + t.F.relu(1 + critic(y.detach())).mean()) / 2


def gradients(module, loss, *given, most=1500):
    """Of all weights that the loss reaches, the discriminator's buffers as they were."""
    module.zero_grad()
    state = {name: value.clone() for name, value in module.named_buffers()}
    loss(*given)[0].backward()
    for name, value in module.named_buffers():
        value.data.copy_(state[name])
    return {f"gradient/{name}": inputs.sample_of(value.grad.numpy().copy(), most) for name, value in module.named_parameters() if value.grad is not None}


def alternate(t, module, parts, data, start, rate=RATE, batch=BATCH):
    """Terms of both losses at each step, each minimised over its own weights; and the discriminator's buffers at the end."""
    judges = lambda name: name.startswith("critic")
    changed = lambda wanted: [value for name, value in module.named_parameters() if judges(name) == wanted and any(name.startswith(part) for part in parts)]
    optimizers = [t.torch.optim.Adam(changed(wanted), lr=rate, betas=(0.5, 0.9)) for wanted in (False, True)]
    steps = []
    for step in range(len(data[0]) // batch):
        given, row = [values[step * batch:(step + 1) * batch] for values in data], []
        for loss, optimizer in zip((module.generator, module.discriminator), optimizers):
            terms = loss(*given, adversarial=float(step >= start))
            module.zero_grad()
            terms[0].backward()
            optimizer.step()
            row += [float(term.detach()) for term in terms]
        steps.append(row)
    buffers = {f"buffer/{name}": value for name, value in module.named_buffers() if not name.endswith("num_batches_tracked")}
    return {"train": np.array(steps), **buffers}


def module_of(t, near):
    from diffusers.models.autoencoders.vae import Decoder, Encoder

    class VqGan(t.nn.Module):
        def __init__(self, widths, layers, groups, attended, critic_width, critic_layers, **_):
            super().__init__()
            levels, nn = len(widths), t.nn
            down = tuple("AttnDownEncoderBlock2D" if i >= levels - attended else "DownEncoderBlock2D" for i in range(levels))
            up = tuple("AttnUpDecoderBlock2D" if i < attended else "UpDecoderBlock2D" for i in range(levels))
            shared = {"block_out_channels": widths, "layers_per_block": layers, "norm_num_groups": groups}
            self.encoder = Encoder(3, LATENT, down_block_types=down, double_z=False, **shared)
            self.decoder = Decoder(LATENT, 3, up_block_types=up, **shared)
            self.quant_conv, self.post_quant_conv = nn.Conv2d(LATENT, WIDTH, 1), nn.Conv2d(WIDTH, LATENT, 1)
            self.codebook = nn.Parameter(t.torch.empty(CODES, WIDTH))
            self.critic = patch_discriminator(t, critic_width, critic_layers)

        def features(self, x):
            return self.quant_conv(self.encoder(x))

        def quantized(self, x):
            return vqvae.quantize(t, self.features(x), self.codebook, near=near)

        def decode(self, z):
            return self.decoder(self.post_quant_conv(z))

        def decode_codes(self, index):
            return self.decode(self.codebook[index].movedim(-1, 1))

        def generator(self, x, adversarial=1.0):
            z, index, vq = self.quantized(x)
            y = self.decode(z)
            rec, fooled = t.F.l1_loss(y, x), -self.critic["main"](y).mean()
            weight = adaptive_weight(t, rec, fooled, self.decoder.conv_out.weight)
            return rec + vq + adversarial * 0.8 * weight * fooled, vqvae.perplexity(t, index), vq, rec, fooled, weight

        def discriminator(self, x, adversarial=1.0):
            y = self.decode_codes(self.quantized(x)[1])
            loss = hinge(t, self.critic["main"], x, y)
            return adversarial * loss, loss

    return VqGan


def reference(t):
    near, result = [], {}
    make = module_of(t, near)

    def made(config, seed):
        model = t.model(make(**config))
        model.codebook.data = vqvae.codebook_of(t, model.features(t.tensor(pictures(12))), seed)
        return model

    def forward(model, prefix, x):
        index = model.quantized(x)[1]
        return {f"{prefix}encode/result": index, f"{prefix}features/result": model.features(x), f"{prefix}reconstruct/result": model.decode_codes(index),
                f"{prefix}decode_codes/result": model.decode_codes(t.tensor(codes(3, 2)).long()),
                f"{prefix}shapes": inputs.shapes_text(t.shapes(model)), f"{prefix}value/codebook": model.codebook.detach().clone()}

    model, x = made(CONFIG, 52), t.tensor(pictures())
    result |= forward(model, "", x[:5])
    for loss in ("generator", "discriminator"):
        result |= {f"{loss}/{name}": value for name, value in gradients(model, getattr(model, loss), x[:5]).items()}
    result |= alternate(t, model, ("",), (x,), START)
    print(f"vqgan: perplexity {result['train'][:, 1].round(1)}, adaptive weight {result['train'][:, 5].round(2)}, hinge {result['train'][:, 7].round(3)}")
    for name, config in OTHERS.items():
        result |= forward(made(config, 53), f"{name}/", t.tensor(pictures(2, SIDE)[:, :, :, :12]))
    print(f"vqgan: the nearest code is nearer than the second by at least {min(near):.1e}")
    return result
