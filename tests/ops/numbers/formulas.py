"""What a case's formula may call beside PyTorch itself: its functions in the language's order, and definitions that it lacks."""
import torch
import torch.nn.functional as F
from torch import distributions


def single(value):
    """A number as the float32 that the compiler keeps."""
    return torch.tensor(value, dtype=torch.float32).double()


def per_sample(terms):
    """The sum over all axes but the first, averaged over that."""
    return terms.flatten(1).sum(1).mean() if terms.ndim > 1 else terms.mean()


def attention(q, k, v, heads=1, causal=False, scale=None, mask=None, kv_heads=None):
    def split(x, count):
        return x.unflatten(2, (count, -1)).transpose(1, 2)

    if causal and mask is not None:  # PyTorch takes one of them
        mask, causal = mask + torch.full((q.shape[1], k.shape[1]), -torch.inf, dtype=mask.dtype).triu(1), False
    kv_heads = kv_heads or heads
    y = F.scaled_dot_product_attention(split(q, heads), split(k, kv_heads), split(v, kv_heads), mask, is_causal=causal, scale=scale, enable_gqa=kv_heads != heads)
    return y.transpose(1, 2).flatten(2)


#===-- Convolutions: padding is (top, bottom, left, right) ------------------------===#


def conv2d(x, w, b=None, stride=1, padding="same", dilation=1, groups=1, padding_mode="constant"):
    if padding == "same" and stride == 1 and padding_mode == "constant":
        return F.conv2d(x, w, b, stride, "same", dilation, groups)
    if padding == "same":  # the same zeros under strides, where PyTorch has no such word
        padding = [side for size in w.shape[2:] for side in ((size - 1) // 2, size // 2)]
    top, bottom, left, right = padding
    return F.conv2d(F.pad(x, (left, right, top, bottom), padding_mode), w, b, stride, 0, dilation, groups)


def conv_transpose2d(x, w, b=None, stride=1, padding=(0, 0, 0, 0), output_padding=0, dilation=1, groups=1):
    top, bottom, left, right = padding
    if (top, left) == (bottom, right):
        return F.conv_transpose2d(x, w, b, stride, (top, left), output_padding, groups, dilation)
    y = F.conv_transpose2d(x, w, b, stride, 0, output_padding, groups, dilation)
    return y[:, :, top:y.shape[2] - bottom, left:y.shape[3] - right]


def masked_conv2d(x, w, b=None, mask="A", dilation=1, groups=1):
    """The taps before the middle one in reading order; with B the middle one too."""
    taps = w.shape[2] * w.shape[3]
    keep = (torch.arange(taps) < taps // 2 + (mask == "B")).reshape(w.shape[2:]).double()
    return F.conv2d(x, w * keep, b, 1, [dilation * (side // 2) for side in w.shape[2:]], dilation, groups)


#===-- Pictures --------------------------------------------------------------------===#


def upsample(x, factor, mode):
    leading = x.shape[:-2]
    options = {} if mode == "nearest" else {"align_corners": False}
    y = F.interpolate(x.reshape(1, -1, *x.shape[-2:]), scale_factor=factor, mode=mode, **options)
    return y.reshape(*leading, *y.shape[-2:])


def upsample_axis(x, factor, axis):
    moved = x.movedim(axis, -1)
    y = F.interpolate(moved.reshape(1, -1, moved.shape[-1]), scale_factor=factor, mode="linear", align_corners=False)
    return y.reshape(*moved.shape[:-1], -1).movedim(-1, axis)


#===-- Codes and draws --------------------------------------------------------------===#


def one_hot(x, classes, axis):
    return F.one_hot(x, classes).movedim(-1, axis)


def lookup(index, table, axis):
    return F.embedding(index, table).movedim(-1, axis)


def vector_quantize(z, codebook, beta=0.25, codebook_weight=1.0, axis=1):
    """(quantized, index, loss) as in the paper's code: the nearest code, the gradient passed straight through, both terms of the loss."""
    rows = z.movedim(axis, -1)
    index = torch.cdist(rows.reshape(-1, rows.shape[-1]), codebook, compute_mode="donot_use_mm_for_euclid_dist").argmin(1).reshape(rows.shape[:-1])
    chosen = lookup(index, codebook, axis)
    loss = codebook_weight * F.mse_loss(chosen, z.detach()) + beta * F.mse_loss(z, chosen.detach())
    return straight_through(chosen, z), index, loss


def perplexity(index, codes):
    shares = torch.bincount(index.flatten(), minlength=codes).double() / index.numel()
    return torch.exp(-torch.xlogy(shares, shares).sum())


def straight_through(hard, soft):
    return hard.detach() + soft - soft.detach()


def gumbel(u):
    return distributions.Gumbel(torch.zeros(()).double(), 1.0).icdf(u.clamp(min=2.0**-24))


def gumbel_softmax(logits, u, tau, axis, hard=False):
    soft = torch.softmax((logits + gumbel(u)) / tau, axis)
    chosen = torch.zeros_like(soft).scatter(axis, soft.argmax(axis, keepdim=True), 1.0)
    return straight_through(chosen, soft) if hard else soft


def top_k(x, k, axis):
    """All but the k greatest become -inf; of equal ones the first stay."""
    places = x.sort(dim=axis, descending=True, stable=True).indices.narrow(axis, 0, k)
    return torch.where(torch.zeros_like(x).scatter(axis, places, 1.0) > 0, x, -torch.inf)


def put(x, places, value):
    """x with the value at these places."""
    y = x.clone()
    y[places] = value
    return y


def dropout(x, u, p):
    return torch.where(u >= p, x / (1 - p), 0.0)


#===-- Losses --------------------------------------------------------------------------===#


def gaussian_kl(mu, logvar):
    standard = distributions.Normal(torch.zeros_like(mu), 1.0)
    return distributions.kl_divergence(distributions.Normal(mu, (logvar / 2).exp()), standard)


def categorical_kl(logits, axis):
    logits = logits.movedim(axis, -1)
    uniform = distributions.Categorical(logits=torch.zeros_like(logits))
    return distributions.kl_divergence(distributions.Categorical(logits=logits), uniform)


def logistic(x, mu, log_scale):
    """-log of exp(-z) / (s * (1 + exp(-z))^2)."""
    z = (x - mu) / log_scale.exp()
    return log_scale - F.logsigmoid(z) - F.logsigmoid(-z)


def laplace_logit(x, mu, log_scale, eps=single(0.1)):
    """Of u = (1 - 2 eps) x + eps, whose logit is Laplace distributed."""
    u = (1 - 2 * eps) * x + eps
    return -distributions.Laplace(mu, log_scale.exp()).log_prob(torch.logit(u)) + torch.log(u * (1 - u))


def discretized(x, mu, log_scale, levels=256, lo=-1, hi=1):
    """The mass within half a step, of the tail that is the smaller one, so that float64 holds the difference."""
    half = (hi - lo) / (levels - 1) / 2
    above, below = ((x + side * half - mu) / log_scale.exp() for side in (1, -1))
    flip = above + below > 0
    high, low = torch.where(flip, -below, above), torch.where(flip, -above, below)
    inner = F.logsigmoid(high) + torch.log1p(-torch.exp(F.logsigmoid(low) - F.logsigmoid(high)))
    return -torch.where(x > hi - half, F.logsigmoid(-below), torch.where(x < lo + half, F.logsigmoid(above), inner))
