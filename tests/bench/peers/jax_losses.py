"""The losses of training steps in JAX, on weights by PyTorch's names. NCHW, as its users' code that came from there has it."""
import jax
import jax.numpy as jnp
from jax import lax

ORDER = ("NCHW", "OIHW", "NCHW")


def linear(p, name, x):
    y = x @ p[f"{name}.weight"].T
    return y + p[f"{name}.bias"] if f"{name}.bias" in p else y


def biased(p, name, y):
    return y + p[f"{name}.bias"][:, None, None] if f"{name}.bias" in p else y


def conv(p, name, x, stride=1, padding=0):
    return biased(p, name, lax.conv_general_dilated(x, p[f"{name}.weight"], (stride, stride), [(padding, padding)] * 2, dimension_numbers=ORDER))


def conv_transpose(p, name, x):
    """4x4, stride 2, padding 1."""
    flipped = p[f"{name}.weight"].transpose(1, 0, 2, 3)[:, :, ::-1, ::-1]
    return biased(p, name, lax.conv_general_dilated(x, flipped, (1, 1), [(2, 2)] * 2, lhs_dilation=(2, 2), dimension_numbers=ORDER))


def batch_norm(p, name, x):
    axes = (0, *range(2, x.ndim))
    shape = (-1,) + (1,) * (x.ndim - 2)
    mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return (x - mean) / jnp.sqrt(variance + 1e-5) * p[f"{name}.weight"].reshape(shape) + p[f"{name}.bias"].reshape(shape)


def elbo(logits, x, mu, logvar):
    bce = jnp.sum(jnp.maximum(logits, 0) - logits * x + jnp.log1p(jnp.exp(-jnp.abs(logits))))
    return (bce - 0.5 * jnp.sum(1 + logvar - mu**2 - jnp.exp(logvar))) / len(x)


def mnist(p, x, eps):
    h = jax.nn.relu(linear(p, "fc2", jax.nn.relu(linear(p, "fc1", x))))
    mu, logvar = linear(p, "mu", h), linear(p, "logvar", h)
    h = jax.nn.relu(linear(p, "fc3", mu + jnp.exp(0.5 * logvar) * eps))
    return elbo(linear(p, "out", jax.nn.relu(linear(p, "fc4", h))), x, mu, logvar)


def conv_vae(p, x, eps):
    h = jax.nn.leaky_relu(conv(p, "conv1", x, 2, 1), 0.2)
    h = jax.nn.leaky_relu(batch_norm(p, "norm2", conv(p, "conv2", h, 2, 1)), 0.2).reshape(len(x), -1)
    mu, logvar = linear(p, "mu", h), linear(p, "logvar", h)
    h = linear(p, "fc", mu + jnp.exp(0.5 * logvar) * eps).reshape(len(x), -1, 7, 7)
    h = jax.nn.relu(batch_norm(p, "norm4", conv_transpose(p, "up1", jax.nn.relu(batch_norm(p, "norm3", h)))))
    return elbo(conv_transpose(p, "up2", h), x, mu, logvar)


def residuals(p, name, x):
    for i in range(2):
        x = x + conv(p, f"{name}.res.{i}.conv2", jax.nn.relu(conv(p, f"{name}.res.{i}.conv1", jax.nn.relu(x), 1, 1)))
    return jax.nn.relu(x)


def vq_vae(p, x):
    h = jax.nn.relu(conv(p, "encoder.conv2", jax.nn.relu(conv(p, "encoder.conv1", x, 2, 1)), 2, 1))
    z = conv(p, "encoder.code", residuals(p, "encoder", conv(p, "encoder.conv3", h, 1, 1)))
    codebook, rows, hold = p["codebook"], z.transpose(0, 2, 3, 1).reshape(-1, z.shape[1]), lax.stop_gradient
    index = jnp.argmin((codebook**2).sum(1) - 2 * hold(rows) @ hold(codebook).T, axis=1)
    chosen = codebook[index].reshape(len(z), *z.shape[2:], -1).transpose(0, 3, 1, 2)
    vq = jnp.mean((chosen - hold(z)) ** 2) + 0.25 * jnp.mean((z - hold(chosen)) ** 2)
    h = residuals(p, "decoder", conv(p, "decoder.conv1", z + hold(chosen - z), 1, 1))
    y = conv_transpose(p, "decoder.up2", jax.nn.relu(conv_transpose(p, "decoder.up1", h)))
    return jnp.mean((y - x) ** 2) + vq
