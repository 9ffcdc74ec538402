// The numbers that the CPU backend's choices hang on, and where each comes from. "Measured" means on a Sapphire Rapids
// core with AVX-512, 48 KiB of L1 and 2 MiB of L2, where one thread multiplies and adds at 178 GFLOP/s.
#ifndef VAE_BACKENDS_CPU_COSTS_H
#define VAE_BACKENDS_CPU_COSTS_H

#include <cstdint>

namespace vae::cpu::costs {

/// Rows of a gemm's block. One strip of the right side serves them from the L1 cache, so that it is read from further
/// away once in so many rows; fewer leave threads more blocks to share. A multiple of both register tiles (12 and 6 rows);
/// strips outside and rows inside reach 87 to 92 % of the peak for k from 256 to 4608, rows outside 73 to 83 %
/// (measured). Neighbouring values were not compared.
inline constexpr int64_t gemmRows = 96;

/// The same where a block packs its strips first: packing is repeated for every block, so twice the rows halve it.
inline constexpr int64_t packedGemmRows = 192;

/// Rows of the second tile body, for what the full one leaves: a clamped tile costs as much as a full one. Measured for
/// one row: 26 us with a body of 4, 39 us with 8, 58 us with the full 12 alone; it costs 5 ms of code generation.
inline constexpr int64_t smallTileRows = 4;

/// Elements of an elementwise block. Two operands of this many floats fill an L1 cache and a half and take about 3 us, a
/// hundred times what taking a block costs; 65,536 elements still give eight threads one each. Chosen by that, not
/// measured.
inline constexpr int64_t elementwiseBlock = 8192;

/// Elements that a reduction's block reads: it reads one tensor where elementwise kernels read two or write, so twice
/// their block is as much work. Chosen by that, not measured.
inline constexpr int64_t reductionBlock = 16384;

/// A body of more ops than this is written once and masked, or outlined, where a short one is unrolled and repeated for
/// the tail: an exponential or a tanh has 15 to 20 ops, noise over 60. Chosen to lie between; it bounds the code's size
/// and the time to generate it, not the kernel's speed (a masked sweep of an exponential takes 0.31 in place of 0.27 ns
/// an element, measured).
inline constexpr int64_t manyOps = 24;

/// Output pixels of a convolution's block, which share one pass over the filter as it streams through the caches. On a
/// Cascade Lake core (1 MiB of second cache) 256 and 512 are equally fast; with 128, 512 -> 512 channels lose a tenth (measured).
inline constexpr int64_t convolutionPixels = 512;

/// Channels that a turn of a convolution's inner loop takes, where they divide: one at a time needs 30 instructions for 12
/// multiply-adds on AVX2, in 6 cycles of a core that starts 6 a cycle.
inline constexpr int64_t channelsPerTurn = 4;

/// Channels that the filter is asked for ahead of its use: it streams from the second cache, two lines a channel. Measured on that
/// core, 512 -> 512 channels: 80 to 84 % of the peak without, 87 to 91 % with 16 or 32.
inline constexpr int64_t prefetchedChannels = 16;

/// A filter of at most so many bytes is read anew for each tile of pixels, and results are written in order: a quarter of
/// the second cache. Measured on that core: 4 -> 256 channels 44 in place of 20 GFLOP/s, 1x1 256 -> 256 118 in place of 110.
inline constexpr int64_t nearFilterBytes = 1 << 18;

/// Tiles of 4 x 4 outputs in a block of a convolution by minimal filtering, down and across. The filter is transformed anew in
/// each block, and the inputs of 64 tiles of 512 channels, transformed, are 5 MB. Measured on a Zen 4 core (1 MiB of second
/// cache, busy neighbours): blocks of 32 and 128 tiles take as long within a twentieth, but for 32 tiles where pictures
/// are enlarged to 512 channels, an eighth more.
inline constexpr int64_t winogradTileRows = 8, winogradTileColumns = 8;

/// Panels of outputs that such a block computes: each further block of the same tiles transforms their inputs again, a
/// twentieth of the products of 16 panels, and small pictures have few tiles to share.
inline constexpr int64_t winogradPanels = 16;

/// Columns that a picture of unknown width counts as, where its rows are dealt out.
inline constexpr int64_t nominalWidth = 64;

/// Tiles of input channels, and of outputs, in a filter gradient's block. Each row of pixels is read so many times from the
/// first or second cache while it is there; the sums of 4 by 4 tiles of 6 x 16 take 6 KiB a tap. Chosen by that, not measured.
inline constexpr int64_t filterTiles = 4;

/// Pixels that one tile of a filter gradient sums up before the next takes its turn: 256 pixels of 24 + 64 channels are
/// 90 KB, a fraction of the second cache. Chosen by that, not measured.
inline constexpr int64_t filterPixels = 256;

/// Rows of keys, or of queries in a gradient of keys, that attention takes at a time: a multiple of both register tiles. What
/// is carried from step to step is rescaled once in so many. Chosen by that, not measured.
inline constexpr int64_t attentionRows = 48;

/// Bytes that the strips of an attention's block may take, and how many there may be: each row that is read serves all of
/// them from the caches. A quarter of a second cache of 1 MiB, chosen by that; with 4 strips 4096 places of 8 heads of 64 take
/// 1.10, of 40 1.3 times as long as with 8 (measured).
inline constexpr int64_t attentionBytes = 1 << 18, attentionStrips = 8;

} // namespace vae::cpu::costs

#endif // VAE_BACKENDS_CPU_COSTS_H
