"""Models of any size, for what compiling them costs: each family is a function from a size to a source."""

TRAIN = "  loss l(x: f32[B, %d]) { return mse(f(x), x) }\n  train { minimize l with adam(lr = 1e-3) }\n"


def _model(width, body, trained):
    return f"model m() {{\n  func f(x: f32[B, {width}]) {{\n{body}    return x\n  }}\n{TRAIN % width if trained else ''}}}\n"


def linear(count, trained):
    return _model(64, "".join(f"    x = x |> linear(64) @l{i} |> relu\n" for i in range(count)), trained)


def residual(count, trained):
    return _model(32, "".join(f"    x = x + (x |> linear(32) @a{i} |> relu |> linear(32) @b{i})\n" for i in range(count)), trained)


def chain(count, trained):
    body = "    x = x |> linear(32) @first\n" if trained else ""
    return _model(32, body + "".join(f"    x = {('tanh', 'sigmoid', 'silu')[i % 3]}(x)\n" for i in range(count)), trained)


def recurrent(rows, trained):
    """A GRU over the rows of a picture, unrolled; the rows share its weights."""
    gate = "(x |> linear(64) @x{0}) + {1}(h |> linear(64) @h{0})"
    step = f"""  func step(x: f32[B, 16], h: f32[B, 64]) -> f32[B, 64] {{
    r = sigmoid({gate.format("r", "")})
    u = sigmoid({gate.format("u", "")})
    n = tanh({gate.format("n", "r * ")})
    return (1 - u) * n + u * h
  }} @step
  func f(x: f32[B, {rows}, 16]) {{
    h = zeros([B, 64])
    for t in 0..{rows} {{ h = step(x[.., t], h) }}
    return h
  }}
"""
    loss = f"  loss l(x: f32[B, {rows}, 16]) {{ return mean(square(f(x))) }}\n  train {{ minimize l with adam(lr = 1e-3) }}\n"
    return f"model m() {{\n{step}{loss if trained else ''}}}\n"


FAMILIES = {family.__name__: family for family in (linear, residual, chain, recurrent)}
