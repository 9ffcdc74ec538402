// The numbers that the Vulkan backend's choices hang on, and where each comes from. "Counted" means in what AMD's compiler
// in Mesa makes of the shader for a Radeon RX 7900 (tests/bench/shader_stats.py); no number was measured on a card.
#ifndef VAE_BACKENDS_VULKAN_COSTS_H
#define VAE_BACKENDS_VULKAN_COSTS_H

#include "backends/vulkan/strategies/TileShapes.h"

namespace vae::vulkan::costs {

/// Threads of a workgroup of elementwise kernels and reductions: every device allows 128, and both widths of real ones
/// (32 and 64) divide it.
inline constexpr int32_t groupThreads = 128;

/// Elements a thread takes before another workgroup would: with 65,535 groups an axis, 2^25 elements fit every device's
/// grid.
inline constexpr int64_t elementsPerThread = 4;

//===-- Reductions ---------------------------------------------------------===//

/// Of a reduction to one element all threads are parts, twice as many as usual, for no other workgroup helps. Chosen by
/// that, not measured.
inline constexpr int64_t wholeReductionParts = 256;

/// Steps that one thread takes alone: parts that meet in shared memory wait for each other, which costs more.
inline constexpr int64_t stepsAlone = 8;

/// Parts of a reduction whose innermost axis is kept: neighbouring threads read neighbouring columns, 16 of them.
inline constexpr int64_t columnParts = 8;

/// The most parts of a row, and those of a row whose length is known at run time only: a subgroup of either width.
inline constexpr int64_t rowParts = 64, openRowParts = 32;

//===-- Products read from buffers ------------------------------------------===//

/// 32 sums a thread, 32 rows by 64 columns a workgroup of 64 threads, and quick to compile. Chosen by that; the tiles in
/// shared memory below are the faster form, which convolutions have.
inline constexpr TileShape gemmTile{4, 2, 8, 8};

/// Below so many columns a thread takes one quad of them, so that eight threads still have different ones.
inline constexpr int64_t twoQuadColumns = 64;

/// Products with at most so many rows, or columns, get only as many threads along them as there are tiles.
inline constexpr int64_t shortSide = 16;

/// Of a choice of codes: many threads along the codes, for all of them are walked by one workgroup.
inline constexpr TileShape codeTile{4, 2, 4, 16};

/// Threads of its workgroup: with fewer along few codes, more rows.
inline constexpr int64_t codeThreads = 64;

//===-- Tiles in shared memory -----------------------------------------------===//

/// Steps of k that lie in shared memory at a time: 128 pixels and 64 outputs of 16 steps take 12 KiB.
inline constexpr int64_t sharedDepth = 16;

/// 128 pixels by 64 outputs: a thread has 64 sums, which registers hold beside the next round's elements. With two steps
/// a round of the innermost loop, addresses cost little beside the products (96 % of vector instructions multiply and
/// add, counted), and the code is still quick to compile.
inline constexpr SharedTileShape wideTile{2, 2, 16, 8, 1, sharedDepth, 2};

/// Half as many outputs, where there are at most 32: the same sums a thread, every other step of k. Four quads are read
/// from shared memory for 64 products, where half the sums would take three for 32 (86 % either way, counted; 1.17 times as
/// fast on lavapipe, which spends most of its time on such reads, measured).
inline constexpr SharedTileShape narrowTile{2, 2, 16, 4, 2, sharedDepth, 2};

/// Half the sums, where threads are at taps of their own, which takes registers too (82 %, counted).
inline constexpr SharedTileShape halfTile{2, 1, 16, 8, 1, sharedDepth, 2};

/// For at most 16 outputs, and for at most 4, such as a picture's colours (42 %, counted: each element that is read
/// meets four outputs).
inline constexpr SharedTileShape slimTile{1, 1, 32, 4, 1, sharedDepth, 2}, colourTile{1, 1, 32, 1, 4, sharedDepth, 2};

/// Filter gradients. All steps in shared memory are unrolled, for drivers may bound the rounds of all loops together
/// (see the README), and there are many pixels. Large tiles load less for each product; smaller ones with more parts
/// keep more of a GPU busy where a filter has few. 64 sums a thread wherever there are as many (76 % for the middle tile,
/// counted, where half of them had 70 %; 1.7 times as fast as the small one for 128 to 32 channels on lavapipe, measured).
inline constexpr SharedTileShape largeFilterTile{2, 2, 8, 8, 2, 16, 8}, tallFilterTile{2, 2, 8, 4, 4, 16, 4},
    middleFilterTile{2, 2, 4, 4, 8, 32, 4}, smallFilterTile{2, 1, 2, 4, 16, 32, 2},
    colourFilterTile{2, 1, 8, 1, 16, 32, 2};

/// In place of the middle one where channels don't come in fours: addresses of single elements take registers too.
inline constexpr SharedTileShape scalarFilterTile{2, 1, 4, 8, 4, 16, 4};

//===-- Attention ------------------------------------------------------------===//

/// Quads of sums that a thread of attention's tiles holds at most, for one matrix. Wider heads are cut, and each cut computes
/// the scores again. The gradient of keys and values holds both: with four of each, 44 registers of a head of 512 spilled.
inline constexpr int64_t attentionQuads = 4, attentionKeyQuads = 2;

//===-- Grids ------------------------------------------------------------------===//

/// Workgroups that a GPU should get before tiles are worth being large: real ones run about a hundred at a time.
inline constexpr int64_t enoughGroups = 96;

/// Workgroups from which on the middle tile of filter gradients is left for the small one no more: both take 32 pixels a
/// round, so a group is done as soon with either while a GPU is not full, but the small one loads twice as much.
inline constexpr int64_t someGroups = 32;

} // namespace vae::vulkan::costs

#endif // VAE_BACKENDS_VULKAN_COSTS_H
