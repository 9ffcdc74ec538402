"""vqgan: codes and pictures, gradients of both losses and 20 steps in turn, of three configurations; against diffusers' layers and a patch discriminator."""
import numpy as np

import inputs
from models import vqvae

BATCH, STEPS, START, RATE, SIDE = 4, 21, 5, 3e-4, 16
CODES, WIDTH, LATENT = vqvae.CODES, 4, 6
SOURCE = "vqgan/vqgan.vae"
SHARED = {"codes": CODES, "width": WIDTH, "latent": LATENT, "critic_start": START, "learning_rate": RATE}
CONFIG = {**SHARED, "widths": [4, 8], "layers": 1, "groups": 2, "attended": 1, "critic_width": 6, "critic_layers": 2}
# Attention nowhere but in the middle, and on every level of three.
OTHERS = {
    "plain": {**SHARED, "widths": [4], "layers": 2, "groups": 1, "attended": 0, "critic_width": 4, "critic_layers": 1},
    "attended": {**SHARED, "widths": [4, 4, 4], "layers": 1, "groups": 2, "attended": 3, "critic_width": 3, "critic_layers": 3},
}
# Batch and side of what is trained on; the deeper the discriminator, the larger the pictures it asks for.
TRAINED = {"": (BATCH, SIDE), "plain": (1, 8), "attended": (2, 24)}
GENERATOR, DISCRIMINATOR = ("loss", "perplexity", "vector_quantize", "l1", "fooled", "weight"), ("loss", "hinge")


def defines(config):
    return [*inputs.defines(config), "--programs=encode,features,decode_codes,reconstruct,generator,discriminator"]


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
    entries(check, "", pictures(5))
    training(check, "")
    for name, config in OTHERS.items():
        check.other(SOURCE, defines(config), f"{name}/")
        entries(check, f"{name}/", pictures(2, SIDE)[:, :, :, :12])
        training(check, name)


def training_data(name):
    batch, side = TRAINED[name]
    return pictures(batch * STEPS, side)


def training(check, name):
    x, batch, prefix = training_data(name), TRAINED[name][0], name and f"{name}/"
    for loss in ("generator", "discriminator"):
        check.gradients(loss, {"x": x[:batch]}, prefix=f"{prefix}{loss}/", most=50 if name else 1500)
    terms = [f"generator.{term}" for term in GENERATOR] + [f"discriminator.{term}" for term in DISCRIMINATOR]
    check.train(terms, {"x": x}, batch=batch, tolerance=2e-4, prefix=prefix)


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


def watch_kinks(t, module):
    """How near to 0 an input of a leaky_relu comes, against the largest beside it: its gradient jumps there, and Adam's first steps are the signs of gradients, so
    what single precision rounds off would lead elsewhere."""
    margins = []
    note = lambda layer, given: margins.append(float((given[0].abs().min() / given[0].abs().max()).detach()))
    for layer in module.modules():
        if isinstance(layer, t.nn.LeakyReLU):
            layer.register_forward_pre_hook(note)
    return margins


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

    def trained(model, name):
        x, batch, steps = t.tensor(training_data(name)), TRAINED[name][0], {}
        for loss in ("generator", "discriminator"):
            found = gradients(model, getattr(model, loss), x[:batch], most=50 if name else 1500)
            steps |= {f"{loss}/{key}": value for key, value in found.items()}
        margins = watch_kinks(t, model.critic)
        steps |= alternate(t, model, ("",), (x,), START, batch=batch)
        print(f"vqgan {name}: leaky_relu keeps a margin of {min(margins):.1e}")
        rows = steps["train"]
        print(f"vqgan {name}: perplexity {rows[:, 1].round(1)}, adaptive weight {rows[:, 5].round(2)}, hinge {rows[:, 7].round(3)}")
        return {(name and f"{name}/") + key: value for key, value in steps.items()}

    model = made(CONFIG, 52)
    result |= forward(model, "", t.tensor(pictures(5))) | trained(model, "")
    for name, config in OTHERS.items():
        model = made(config, 53)
        result |= forward(model, f"{name}/", t.tensor(pictures(2, SIDE)[:, :, :, :12])) | trained(model, name)
    print(f"vqgan: the nearest code is nearer than the second by at least {min(near):.1e}")
    return result
