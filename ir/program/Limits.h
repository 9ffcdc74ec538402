// The most that the compiler takes on, for all stages: what a text may ask for, and why no more. Models of the field stay
// a hundred times below; a text above is refused with a message that names the limit.
#ifndef VAE_IR_PROGRAM_LIMITS_H
#define VAE_IR_PROGRAM_LIMITS_H

#include <cstddef>
#include <cstdint>

namespace vae::limits {

/// Levels of brackets, operators and statements in one func, and of lists in lists: the parser and all that walks its
/// trees, or a list, recurse. 256 levels take 200 kB of stack.
inline constexpr unsigned nesting = 256;
/// Levels of statements and expressions over all calls: elaboration recurses. 1000 levels take 2 MB of stack.
inline constexpr unsigned callNesting = 1000;
/// Statements, calls and operators that elaboration carries out, loops of compile time unrolled: up to 3 s and 200 MB.
inline constexpr uint64_t steps = 262'144;
/// Items of lists, and names that a loop puts aside, that are copied in a step's time.
inline constexpr size_t copiesOfAStep = 64;
/// Turns of one `for`.
inline constexpr int64_t iterations = 65'536;
/// Characters of the path of a parameter, and of the prefix of a block: each layer keeps its own.
inline constexpr size_t pathLength = 1024;
/// Characters of a number: reading one takes the square of its length.
inline constexpr size_t numberLength = 1024;
/// Items of a list made by `+`, which doubles it.
inline constexpr size_t listItems = 4096;
/// Tokens of the product of two sizes: powers of sums grow with each multiplication.
inline constexpr size_t sizeTokens = 1024;
/// Levels of `floor` in the text of a size: reading one recurses, and each level is a layer that strides over an upsampled
/// picture.
inline constexpr unsigned sizeDepth = 256;
/// Errors of one compilation: it has said enough then.
inline constexpr size_t diagnostics = 100;

/// Ops of all funcs together once calls are written out, as inlining does: funcs that each call the next twice double
/// at each level. What follows takes 0.1 to 0.5 ms for each.
inline constexpr uint64_t ops = 262'144;

/// Tensors that a kernel reads and writes, where no target says: every target binds as many.
inline constexpr unsigned buffers = 16;

/// Elements of a tensor, as far as its numbers tell: shaders count in 32 bits.
inline constexpr int64_t elements = 2'147'483'647;

} // namespace vae::limits

#endif // VAE_IR_PROGRAM_LIMITS_H
