// A read-only view of a `program.kernel` that both backends work from: which op is the root, where operands live, how
// long loops are.
#ifndef VAE_BACKENDS_COMMON_KERNELVIEW_H
#define VAE_BACKENDS_COMMON_KERNELVIEW_H

#include "ir/program/Program.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include <optional>

namespace vae {

using program::KernelForm;

/// The length of a dimension: static, or given at run time by a size argument of the kernel.
struct Extent {
  int64_t fixed = mlir::ShapedType::kDynamic; // elements; kDynamic where `size` gives it
  int64_t size = -1;                          // index among the kernel's size arguments, -1 where static

  bool isStatic() const { return size < 0; }
  bool operator==(const Extent &) const = default;
};

/// A buffer of the ABI: the kernel's inputs in order, then its untied results.
struct KernelBuffer {
  mlir::RankedTensorType type;        // logical type, without encoding
  llvm::SmallVector<Extent, 4> shape; // one a dimension
  bool panels32 = false;              // stored as [ceil(N/32)][K][32], zero padded
  bool read = false, written = false; // a tied input is both
};

/// One input operand of a generic. Exactly one of `buffer` and `producer` says where its elements come from.
struct KernelOperand {
  mlir::OpOperand *operand = nullptr;
  mlir::AffineMap map;        // loops -> elements
  mlir::BlockArgument scalar; // what the body reads
  int64_t buffer = -1;        // ABI buffer
  mlir::OpResult producer;    // result of the root (in an epilogue) or of a prologue (in the root)
};

/// One result of a generic.
struct KernelResult {
  mlir::AffineMap map; // loops -> elements
  mlir::Value yielded; // the body's value; for a reduced result the combination of accumulator and element
  mlir::Type element;
  llvm::SmallVector<int64_t, 1> buffers; // ABI buffers that hold it; empty where only the epilogue reads it
  bool reduced = false;                  // accumulates over the loops missing from `map`
  mlir::BlockArgument accumulator;       // reduced: the body's argument for the value so far
  mlir::TypedAttr neutral;               // reduced: where the accumulation starts
  mlir::Operation *combiner = nullptr;   // reduced: the one op that joins `accumulator` and `term`
  mlir::Value term;                      // reduced: what is accumulated
};

/// One linalg.generic, resolved.
struct KernelGeneric {
  mutable mlir::linalg::GenericOp op; // a handle
  llvm::SmallVector<Extent, 6> loops; // length of each loop
  llvm::SmallVector<KernelOperand, 6> inputs;
  llvm::SmallVector<KernelResult, 2> results;

  mlir::Block &body() const { return *op.getBody(); }
  bool isReduction(unsigned loop) const;
};

/// Which loop and operand of a gemm root is what.
struct GemmForm {
  llvm::SmallVector<unsigned, 2> batch; // leading loops of the result; an input may lack some
  unsigned m = 0, n = 0, k = 0;         // loops
  bool lhsTransposed = false;           // lhs is (k, m) in place of (m, k)
  bool rhsTransposed = false;           // rhs is (n, k) in place of (k, n); panels32 only with (n, k)
  bool chooses = false;                 // terms are rhs where lhs is not 0, no products
};

/// The choice among the products of a root.
struct NearestCodeForm {
  KernelGeneric choice; // no `combiner` and `term` in its results: the best score, then its n (i32)
  mlir::Value score;    // the body's value that is compared: of the product, and of what else the body reads
};

/// What a root over windows reads; see program.convolution and program.filter_gradient.
struct ConvolutionForm {
  program::WindowAttr rows, columns;
  int64_t groups = 1;
  int64_t picture = -1; // ABI buffer [batch, height, width, channels]
  int64_t other = -1;   // ABI buffer of the filter in panels; of a filter gradient, of the result's gradient
};

/// What roots of attention read; see program.attention. Buffers are the ABI's.
struct AttentionForm {
  int64_t query = -1, key = -1, value = -1;      // [batch, places, heads * width]
  int64_t mask = -1;                             // [batch, heads, queries, keys], any of them 1; -1: none
  int64_t gradient = -1, sums = -1, deltas = -1; // of gradients; the last two [batch, queries, heads]
  int64_t heads = 1, kvHeads = 1;                // heads / kvHeads neighbouring heads share a key's
  int64_t width = 0, valueWidth = 0;             // channels of a head
  bool causal = false;                           // query i reads keys 0 to i
  double scale = 1;
  mlir::Block *functions = nullptr; // yields a number's exponential and its logarithm
};

class KernelView {
public:
  /// Reads a kernel whose form the verifier has seen; reports what backends cannot do, at the op concerned.
  static mlir::FailureOr<KernelView> read(program::KernelOp op);

  mutable program::KernelOp op; // a handle: reading through it changes nothing
  KernelForm form = KernelForm::Elementwise;
  llvm::SmallVector<KernelBuffer> buffers;
  /// Where `rootOp` is no generic, its loops are the axes of the one result, and `operands` are what it reads.
  KernelGeneric root;
  mlir::Operation *rootOp = nullptr;
  llvm::SmallVector<int64_t, 2> operands; // ABI buffers
  /// Of lhs [0] and rhs [1]; their loops are those of their one result, outermost first.
  std::optional<KernelGeneric> prologues[2];
  /// Over the loops that the root does not reduce, in the root's order; see `#program.form`.
  std::optional<KernelGeneric> epilogue;
  GemmForm gemm;               // Gemm and NearestCode
  NearestCodeForm nearestCode; // NearestCode
  ConvolutionForm convolution; // Convolution and FilterGradient
  AttentionForm attention;     // Attention and its gradients

  /// ABI buffer of a tensor argument; -1 for anything else. `tensor.extract` in bodies reads such an argument.
  int64_t getBuffer(mlir::Value tensor) const;
  unsigned getNumSizes() const { return op.getNumSizes(); }
  /// Generics in the order in which they run: prologues, root (where it is one), choice, epilogue.
  llvm::SmallVector<const KernelGeneric *> generics() const;

private:
  KernelView() = default;
  friend class KernelReader;
};

/// Number of blocks of `step` elements of an extent, as a factor of a package's grid.
struct GridFactor;
GridFactor getGridFactor(const Extent &extent, int64_t divisor = 1);

/// Whether the body's value may differ between iterations that differ only in `loop`: it reads an operand whose map
/// uses the loop, or the loop's index. (Backends hoist and vectorise by it.)
bool dependsOnLoop(const KernelGeneric &generic, mlir::Value value, unsigned loop);

} // namespace vae

#endif // VAE_BACKENDS_COMMON_KERNELVIEW_H
