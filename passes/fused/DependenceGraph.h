// What each op of a flat function that must run waits for.
#ifndef VAE_PASSES_FUSED_DEPENDENCEGRAPH_H
#define VAE_PASSES_FUSED_DEPENDENCEGRAPH_H

#include "ir/Interfaces.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/fused/Roles.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"
#include <vector>

namespace vae {

/// The ops of a function that must run somewhere, and what each waits for. Cheap values are no nodes: their readers
/// compute them again.
class DependenceGraph {
public:
  /// Another node's value that a node reads. `aligned`: only at the reader's own coordinates, so that both can run in
  /// one loop body.
  struct Dependence {
    unsigned node;
    bool aligned;
  };
  struct Node {
    mlir::Operation *op;
    KernelRootOpInterface root; // the op, where a kernel is built around it; else null
    Shape shape;                // of the first result
    unsigned cost;              // scalar ops that computing an element takes, with those of the cheap values it reads
    llvm::SmallSetVector<mlir::Value, 6>
        inputs; // stored values read: other nodes' results, arguments, results of host ops
    llvm::SmallVector<Dependence> dependences;
  };

  /// No node reads and makes more than `maxBuffers` stored values, unless its op alone does.
  DependenceGraph(mlir::func::FuncOp function, unsigned maxBuffers);
  unsigned getMaxBuffers() const { return maxBuffers; }
  llvm::ArrayRef<Node> getNodes() const { return nodes; }
  /// Whether the value is computed again wherever it is read.
  bool isCheap(mlir::Operation *op) const { return cheap.contains(op); }
  /// Whether something other than a kernel body reads the value, so that it must be in memory.
  bool isRequired(mlir::Value value) const { return required.contains(value); }

  /// Whether the op reads its operands where they lie in memory, outside of kernels.
  bool isReadByHost(mlir::Operation *reader) const {
    return isView(reader) ? isRequired(reader->getResult(0)) : isHost(reader);
  }

  /// Whether computing the value reads a stored tensor along this axis, looking through cheap ops and those that
  /// `inside` accepts.
  bool isReadAlong(mlir::Value value, int64_t axis, llvm::function_ref<bool(mlir::Operation *)> inside) const {
    Places seen;
    return isReadAlong(value, axis, inside, seen);
  }

private:
  using Inside = llvm::function_ref<bool(mlir::Operation *)>;
  using Places = llvm::DenseSet<std::pair<mlir::Value, int64_t>>;
  bool isReadAlong(mlir::Value value, int64_t axis, Inside inside, Places &seen) const;

  /// What a cheap op is computed from.
  struct Recipe {
    llvm::SmallSetVector<mlir::Value, 4> leaves;
    llvm::SmallSetVector<mlir::Operation *, 16> ops;
  };
  void findRequired(mlir::Block &block);
  Recipe makeRecipe(mlir::Operation *op) const;
  void findCheap(mlir::Operation *op);
  mlir::Value findLargest(mlir::Operation *op) const;
  void storeBroadcasts(KernelRootOpInterface root);
  void forceStored(mlir::Value value);
  bool isWorthRecomputing(mlir::Operation *op, const Recipe &recipe) const;
  void addNode(mlir::Operation *op);
  void collect(mlir::Value value, bool aligned, Node &node, llvm::DenseMap<mlir::Value, bool> &seen) const;
  void depend(Node &node, mlir::Value value, bool aligned) const;
  void orderUpdates(mlir::Block &block);
  void orderUpdate(mlir::Value next, llvm::ArrayRef<unsigned> readers);

  unsigned maxBuffers;
  std::vector<Node> nodes;
  llvm::DenseMap<mlir::Operation *, unsigned> numbers;
  llvm::DenseMap<mlir::Operation *, Recipe> cheap;
  llvm::DenseSet<mlir::Value> required;
};

} // namespace vae

#endif // VAE_PASSES_FUSED_DEPENDENCEGRAPH_H
