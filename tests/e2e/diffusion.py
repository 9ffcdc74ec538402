"""What the denoisers of models/ share: draws, and diffusers' classes in double precision. What takes `t`, torch_side, needs torch, which tests do not."""
import numpy as np

import inputs

TIMES = np.array([0, 1, 500, 999], np.int32)


def draws(seed, *shape):
    return np.random.RandomState(seed).normal(size=shape).astype(np.float32)


def uniforms(count):
    return np.random.RandomState(42).uniform(0, 1, count).astype(np.float32)


def size_of(config, height=3, width=2):
    """Of an input, in places of the deepest level."""
    factor = 2 ** (len(config["block_out_channels"]) - 1)
    return factor * height, factor * width


def with_kinds(config, attended):
    """A model's parameters as diffusers has them: kinds of blocks in place of which levels have attention, whose kinds begin with `attended`."""
    kinds = {}
    for side in ("down", "up"):
        plain = side.capitalize() + "Block2D"
        kinds[f"{side}_block_types"] = [attended + plain if level else plain for level in config[f"attended_{side}"]]
    return {name: value for name, value in config.items() if not name.startswith("attended_")} | kinds


def unet(t, kind, config, attended):
    """A U-Net of diffusers with drawn weights. `attended`: how its kinds of blocks with attention begin."""
    model = t.model(kind(**with_kinds(config, attended)))
    model.time_proj = times(t, model.config)
    return model


def times(t, config):
    """diffusers' sines and cosines of times, but that they are not rounded to single precision."""
    half = config["block_out_channels"][0] // 2
    frequencies = t.torch.exp(-np.log(10000) * t.torch.arange(half, dtype=t.torch.float64) / (half - config["freq_shift"]))

    class Times(t.nn.Module):
        def forward(self, time):
            angle = time[:, None].double() * frequencies
            return t.torch.cat([angle.cos(), angle.sin()] if config["flip_sin_to_cos"] else [angle.sin(), angle.cos()], dim=1)

    return Times()


def shares(beta_schedule, beta_start, beta_end, num_train_timesteps=1000):
    """Of the signal, at each time."""
    if beta_schedule == "squaredcos_cap_v2":
        cosine = np.cos((np.linspace(0, 1, num_train_timesteps + 1) + 0.008) / 1.008 * np.pi / 2) ** 2
        return np.cumprod(np.maximum(cosine[1:] / cosine[:-1], 0.001))
    power = 2 if beta_schedule == "scaled_linear" else 1
    return np.cumprod(1 - np.linspace(beta_start ** (1 / power), beta_end ** (1 / power), num_train_timesteps) ** power)


def target(kind, x, e, share):
    """What a network is asked for."""
    return {"epsilon": e, "sample": x, "v_prediction": share.sqrt() * e - (1 - share).sqrt() * x}[kind]


def with_loss(t, model, bar, prediction="epsilon"):
    """The network with a loss: mean square error at times that `u` in [0, 1) chooses, where shares `bar` of the signal are left."""
    bar = t.tensor(bar)

    def loss(network, x, *given_and_draws):
        *given, u, e = given_and_draws
        time = (u * len(bar)).floor().long()
        share = bar[time][:, None, None, None]
        return (t.F.mse_loss(network(share.sqrt() * x + (1 - share).sqrt() * e, time, *given).sample, target(prediction, x, e, share)),)

    model.__class__ = type("Denoiser", (model.__class__,), {"loss": loss})
    return model


def trained(t, module, optimizer, batch, *data, most=1500):
    """Gradients of the first batch, then 20 steps, gradients clipped to a norm of 1."""
    result = t.gradients(module, *(values[:batch] for values in data), most=most)
    optimizer.register_step_pre_hook(lambda *_: t.torch.nn.utils.clip_grad_norm_(module.parameters(), 1) and None)
    result |= t.training(module, optimizer, batch, *data)
    return {name: value for name, value in result.items() if not name.startswith("buffer/")}


def sample(t, scheduler, start, noise, say, **options):
    """A scheduler's loop from `start`, each step's noise taken from `noise`; `say` is what the network says of (x, time)."""
    from diffusers.schedulers import scheduling_ddim, scheduling_ddpm

    x, rest = t.tensor(start), iter(noise)
    modules = (scheduling_ddim, scheduling_ddpm)
    originals = [module.randn_tensor for module in modules]
    for module in modules:
        module.randn_tensor = lambda *_, **__: t.tensor(next(rest))
    with t.torch.no_grad():
        for time in scheduler.timesteps:
            x = scheduler.step(say(x, t.torch.full([len(x)], int(time))), time, x, **options).prev_sample
    for module, original in zip(modules, originals):
        module.randn_tensor = original
    return x
