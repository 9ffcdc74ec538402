"""vq_model: both ways, several latent sizes, codes; gradients and 20 steps of three configurations, against diffusers' VQModel."""
import numpy as np

import inputs
from models import vqvae

LATENT, CODES, STEPS, RATE = 4, 24, 21, 3e-4
SOURCE = "vq_model/vq_model.vae"
CONFIG = {"block_out_channels": [4, 8], "layers_per_block": 1, "norm_num_groups": 2, "latent_channels": LATENT, "num_vq_embeddings": CODES, "vq_embed_dim": LATENT}
TERMS = ("loss", "perplexity", "vector_quantize", "l1")
# Attention within a level, and vectors of another width than the latents; no attention at all.
OTHERS = {
    "attended": {"block_out_channels": [4, 8], "layers_per_block": 1, "norm_num_groups": 2, "latent_channels": 6, "vq_embed_dim": 3, "num_vq_embeddings": CODES,
                 "attended_down": [False, True], "attended_up": [True, False]},
    "plain": {"block_out_channels": [6], "layers_per_block": 2, "norm_num_groups": 3, "latent_channels": LATENT, "vq_embed_dim": LATENT, "num_vq_embeddings": CODES,
              "in_channels": 1, "out_channels": 1, "mid_block_add_attention": False, "scaling_factor": 0.5},
}
SIZES = ((1, 2, 3), (3, 5, 4))
TRAINED = {"": (4, 8, 8), "attended": (3, 6, 10), "plain": (1, 5, 7)}  # batch, height and width of what is trained on


def defines(config, *programs):
    return [*inputs.defines({**config, "learning_rate": RATE}), f"--programs={','.join(programs)}"]


DEFINES = defines(CONFIG, "encode", "codes", "decode_codes", "decode", "total")


def latents(batch, height, width, channels=LATENT):
    return np.random.RandomState(44).normal(size=(batch, channels, height, width)).astype(np.float32)


def pictures(batch, height, width, channels=3):
    return 2 * inputs.pictures(batch, 32)[:, :channels, :height, :width] - 1


def factor(config):
    return 2 ** (len(config["block_out_channels"]) - 1)


def training_data(name, config):
    batch, height, width = TRAINED[name]
    return pictures(batch * STEPS, height, width, config.get("in_channels", 3))


def check(check):
    for batch, height, width in SIZES:
        at = f"at/{batch}x{height}x{width}/"
        x = {"x": pictures(batch, 2 * height, 2 * width)}
        check.same("encode", x, prefix=at, outputs=("z",))
        index = check.run("codes", x, ["index"])["index"]
        check.harness.expect(f"{check.device} codes are diffusers'", np.array_equal(index, check.reference[f"{at}codes/index"]))
        check.same("decode_codes", {"index": index}, prefix=at)
        check.same("decode", {"z": latents(batch, height, width)}, prefix=at)
    training(check, "", CONFIG)
    for name, config in OTHERS.items():
        check.other(SOURCE, defines(config, "encode_latents", "decode_latents", "total"), f"{name}/")
        check.same("encode_latents", {"x": pictures(2, 3 * factor(config), 2 * factor(config), config.get("in_channels", 3))}, prefix=f"{name}/", outputs=("z",))
        check.same("decode_latents", {"z": latents(2, 3, 2, config["vq_embed_dim"])}, prefix=f"{name}/")
        training(check, name, config)


def training(check, name, config):
    x, batch, prefix = training_data(name, config), TRAINED[name][0], name and f"{name}/"
    check.gradients("total", {"x": x[:batch]}, prefix=prefix, most=50 if name else 1500)
    check.train(TERMS, {"x": x}, batch=batch, prefix=prefix)


def reference(t):
    from diffusers import VQModel

    class Autoencoder(t.nn.Module):
        def __init__(self, attended_down=(), attended_up=(), **config):
            super().__init__()
            levels = len(config["block_out_channels"])
            kinds = lambda attended, kind: tuple(("Attn" if yes else "") + kind for yes in attended or [False] * levels)
            self.vae = VQModel(down_block_types=kinds(attended_down, "DownEncoderBlock2D"), up_block_types=kinds(attended_up, "UpDecoderBlock2D"), **config)
            self.scale = self.vae.config.scaling_factor

        def encode(self, x):
            return self.vae.encode(x).latents

        def rows(self, z):
            """Vectors of z, their nearest codes, and by how much nearer they are than the second."""
            rows, codes = z.movedim(1, -1), self.vae.quantize.embedding.weight
            distances = t.torch.cdist(rows.flatten(0, -2), codes).square()
            two = distances.detach().topk(2, largest=False)[0]
            near.append(float(((two[:, 1] - two[:, 0]) / two[:, 1]).min()))
            index = distances.argmin(1).reshape(rows.shape[:-1])
            return codes[index].movedim(-1, 1), index

        def render(self, q):
            return self.vae.decoder(self.vae.post_quant_conv(q))

        def loss(self, x, beta=0.25):
            z = self.encode(x)
            q, index = self.rows(z)
            vq = t.F.mse_loss(q, z.detach()) + beta * t.F.mse_loss(z, q.detach())
            rec = t.F.l1_loss(self.render(z + (q - z).detach()), x)
            return rec + vq, vqvae.perplexity(t, index), vq, rec

    def made(config, x):
        """With codes among what the encoder gives, so that many are in use."""
        module = Autoencoder(**config).double()
        module.vae.load_state_dict({name: t.tensor(value) for name, value in inputs.draw(t.shapes(module.vae)).items()})
        rows = module.encode(x).detach().movedim(1, -1).flatten(0, -2)
        chosen = np.random.RandomState(45).permutation(len(rows))[:CODES]
        module.vae.quantize.embedding.weight.data = rows[t.tensor(chosen)].float().double()
        return module

    def trained(model, name, config):
        x, batch, codebook = t.tensor(training_data(name, config)), TRAINED[name][0], model.vae.quantize.embedding.weight.detach().clone()
        steps = {key.replace("/vae.", "/"): value for key, value in t.gradients(model, x[:batch], most=50 if name else 1500).items()}
        steps |= t.training(model, t.torch.optim.Adam(model.parameters(), lr=RATE, betas=(0.5, 0.9)), batch, x)
        return steps | {"shapes": inputs.shapes_text(t.shapes(model.vae)), "value/quantize.embedding.weight": codebook}

    near, result = [], {}
    model = made(CONFIG, t.tensor(pictures(6, 8, 8)))
    for batch, height, width in SIZES:
        at, x, z = f"at/{batch}x{height}x{width}", t.tensor(pictures(batch, 2 * height, 2 * width)), t.tensor(latents(batch, height, width))
        q, index = model.rows(model.encode(x))
        result |= {f"{at}/encode/z": model.encode(x), f"{at}/codes/index": index.to(t.torch.int32), f"{at}/decode_codes/result": model.render(q), f"{at}/decode/result": model.vae.decode(z).sample}
        model.rows(z)
    result |= trained(model, "", CONFIG)
    for name, config in OTHERS.items():
        x = t.tensor(pictures(2, 3 * factor(config), 2 * factor(config), config.get("in_channels", 3)))
        model, z = made(config, t.tensor(pictures(8, 8, 8, config.get("in_channels", 3)))), t.tensor(latents(2, 3, 2, config["vq_embed_dim"]))
        result |= {f"{name}/encode_latents/z": model.encode(x) * model.scale, f"{name}/decode_latents/result": model.vae.decode(z / model.scale).sample}
        model.rows(z / model.scale)
        result |= {f"{name}/{key}": value for key, value in trained(model, name, config).items()}
    print(f"vq_model: the nearest code is nearer than the second by at least {min(near):.1e}")
    return result
