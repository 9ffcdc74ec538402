"""Cases of attention: shares of queries, keys and channels above and below the blocks of both devices."""
from case import Case

SPAN = ((-2, 2),) * 3


def attend(q, k, v, words="", **options):
    """One call on three tensors."""
    call = f"attention(a, b, c{words})"
    return Case("attention", call, call.replace("true", "True"), SPAN, (q, k, v), **options)


def cases():
    mask = ("B", 2, 7, 9)
    hides = "attention(a, b, c, heads = 2, mask = {})"
    return [
        # Groups of heads that share keys; what comes later is hidden; above one strip of rows and of columns.
        attend(("B", 65, 16), ("B", 65, 8), ("B", 65, 8), ", heads = 4, kv_heads = 2, causal = true"),
        # Channels that are no multiple of four, and more of them than a thread's or a tile's.
        attend(("B", 7, 7), ("B", 9, 7), ("B", 9, 3)),
        attend((1, 17, 130), (1, 19, 130), (1, 19, 134)),
        attend((1, 9, 24), (1, 11, 24), (1, 11, 300), ", heads = 2", gradient=False),
        # Sizes known at run time: queries and keys of one size, of others, and of one each.
        attend((2, "B", 6), (2, "B", 6), (2, "B", 6), ", heads = 2", gradient=False),
        attend((1, "13*W", 8), (1, "21*H", 8), (1, "21*H", 8), ", heads = 2", gradient=False),
        attend((1, "B", 6), (1, 13, 6), (1, 13, 6), ", causal = true", gradient=False),
        attend((1, 13, 6), (1, "B", 6), (1, "B", 6), ", scale = 0.25", gradient=False),
        # One query, as when a loop draws place by place; with keys that its mask hides, for all heads and for each.
        attend(("B", 1, 24), ("B", 37, 12), ("B", 37, 6), ", heads = 4, kv_heads = 2"),
        attend((3, 1, 16), (3, "H", 16), (3, "H", 8), ", heads = 2, scale = 0.3", gradient=False),
        attend((2, 1, 6), (2, 5, 6), (2, 5, 6), ", causal = true"),
        Case("attention", hides.format("log(cast(d, f32))"), hides.format("torch.log(d.double())"), (*SPAN, (0, 2)),
             ((2, 1, 8), (2, 9, 8), (2, 9, 8), (1, 9)), integers="d"),
        Case("attention", hides.format("d"), hides.format("d"), (*SPAN, (-2, 2)), (("B", 1, 8), ("B", 9, 8), ("B", 9, 8), (2, 1, 9))),
        # Above one block of queries and of keys.
        attend((1, 203, 40), (1, 149, 40), (1, 149, 40), gradient=False),
        attend((1, 150, 8), (1, 201, 4), (1, 201, 4), ", heads = 2, kv_heads = 1, causal = true", gradient=False),
        # Masks of any numbers, and of zeros and minus infinities, which hide all keys of some queries.
        Case("attention", hides.format("d"), hides.format("d"), (*SPAN, (-2, 2)), (("B", 7, 8), ("B", 9, 8), ("B", 9, 8), mask)),
        Case("attention", hides.format("log(cast(d, f32))"), hides.format("torch.log(d.double())"), (*SPAN, (0, 2)),
             ((2, 7, 8), (2, 9, 8), (2, 9, 8), (2, 7, 1)), integers="d"),
    ]
