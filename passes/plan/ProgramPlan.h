// A program on its way from values to buffers: what PlanPrograms collects before it writes `program.program`.
#ifndef VAE_PASSES_PLAN_PROGRAMPLAN_H
#define VAE_PASSES_PLAN_PROGRAMPLAN_H

#include "ir/program/Program.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <vector>

namespace vae {

/// A buffer to be: what `program.buffer` will say, with other buffers named by number.
struct PlannedBuffer {
  PlannedBuffer(program::BufferKind kind, mlir::RankedTensorType type, mlir::Location loc)
      : kind(kind), type(type), loc(loc) {}
  program::BufferKind kind;
  mlir::RankedTensorType type;
  mlir::Location loc;
  mlir::StringAttr name;
  mlir::FlatSymbolRefAttr ref;
  mlir::StringAttr formula, noise;
  mlir::FloatAttr defaultValue;
  mlir::DenseF32ArrayAttr range;
  bool report = false;
  unsigned result = 0;     // output: which of the function's results
  int64_t sameMemory = -1; // the buffer that this one is seen with another shape
  unsigned frame = 0;      // the function body that made it: 0 the program's, then those of its loops as they begin
  int64_t first = -1, last = -1; // phases that touch it or a view of it
};

/// A dispatch, a copy or a loop, with the memory it touches.
struct PlannedStep {
  explicit PlannedStep(mlir::Location loc) : loc(loc) {}
  mlir::Location loc;
  program::LaunchOp launch;                 // of a dispatch
  mlir::SmallVector<int64_t> buffers;       // of the dispatch; source and destination of a copy
  mlir::SmallVector<int64_t> reads, writes; // memory
  mlir::StringAttr count;                   // of a loop
  std::vector<PlannedStep> body;
  unsigned frame = 0; // of the loop's body
  int64_t phase = 0;

  bool isLoop() const { return static_cast<bool>(count); }
};

/// When the steps of a list can run, as they come: each in the first phase after all that it must wait for.
class PhaseClock {
public:
  explicit PhaseClock(int64_t begin = 0) : begin(begin), end(begin) {}
  /// The first phase in which a step that touches this memory can run.
  int64_t find(llvm::ArrayRef<int64_t> reads, llvm::ArrayRef<int64_t> writes) const;
  /// Notes a step in its phase.
  void add(const PlannedStep &step);
  /// All steps to come run from this phase on.
  void restart(int64_t phase) { begin = end = phase; }
  /// The last phase of a step so far.
  int64_t getEnd() const { return end; }

private:
  int64_t begin, end;
  llvm::DenseMap<int64_t, int64_t> readable, writable; // by memory: from which phase on
};

/// Buffers and steps of one function, and how they become a program.
class ProgramPlan {
public:
  explicit ProgramPlan(mlir::func::FuncOp function) : function(function) {}

  /// The number of a new buffer.
  int64_t add(const PlannedBuffer &buffer);
  /// The buffer whose memory this one is: itself, or what it shows with another shape.
  int64_t memory(int64_t buffer) const { return buffers[buffer].sameMemory < 0 ? buffer : buffers[buffer].sameMemory; }
  /// The same memory seen as `type`: an old buffer where one is so.
  int64_t view(int64_t buffer, mlir::RankedTensorType type, mlir::Location loc);

  /// Gives each step its phase and each buffer its lifetime.
  void schedule();
  /// Writes the program before the function.
  void emit();

  mlir::func::FuncOp function;
  mlir::SmallVector<PlannedBuffer> buffers;
  std::vector<PlannedStep> steps;

private:
  int64_t schedule(std::vector<PlannedStep> &list, int64_t begin);
  void touch(int64_t memory, int64_t phase);
  void keepThroughout(const PlannedStep &loop, const std::vector<PlannedStep> &list, int64_t end);
  void emitBuffers(mlir::OpBuilder &builder, mlir::SmallVectorImpl<mlir::Value> &values) const;
  void emitSteps(const std::vector<PlannedStep> &list, mlir::OpBuilder &builder,
                 llvm::ArrayRef<mlir::Value> values) const;
  void emitStep(const PlannedStep &step, mlir::OpBuilder &builder, llvm::ArrayRef<mlir::Value> values) const;
  mlir::ArrayAttr getRequirements() const;
  mlir::ArrayAttr getSymbols() const;

  int64_t phases = 1;
  llvm::DenseMap<std::pair<int64_t, mlir::Type>, int64_t> views; // memory and how it is seen -> buffer
};

} // namespace vae

#endif // VAE_PASSES_PLAN_PROGRAMPLAN_H
