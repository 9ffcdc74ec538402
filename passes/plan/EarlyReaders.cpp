// Moves readers of a value before the launch that could write over it.
#include "passes/plan/EarlyReaders.h"
#include "ir/program/kernels/Ties.h"

using namespace mlir;
using namespace vae;
using namespace vae::program;

namespace {

/// Moves the readers that keep one launch from writing over an operand.
class ReaderMover {
public:
  ReaderMover(LaunchOp launch, SymbolTable &symbols) : launch(launch), symbols(symbols) {}
  void run();

private:
  void collect(Value value);
  bool mayMove(Operation *reader) const;
  bool liesOver(LaunchOp reader) const;
  void moveReaders(Value memory);

  LaunchOp launch;
  SymbolTable &symbols;
  SmallVector<Operation *> readers; // of one memory, behind the launch
};

} // namespace

/// The value whose memory this one shows.
static Value getMemory(Value value) {
  while (auto reshape = value.getDefiningOp<program::ReshapeOp>())
    value = reshape.getInput();
  return value;
}

/// Whether a memory that a result may lie over, as far as the kernel alone tells, is accepted.
static bool anyTie(LaunchOp launch, SymbolTable &symbols, function_ref<bool(Value)> accepts) {
  auto kernel = symbols.lookup<KernelOp>(launch.getKernel());
  for (unsigned result = 0; result < launch->getNumResults(); ++result)
    for (unsigned input = 0; input < launch.getInputs().size(); ++input) {
      Value memory = getMemory(launch.getInputs()[input]);
      if (memory.getDefiningOp<LaunchOp>() && findTieObstacle(kernel, result, input).empty() && accepts(memory))
        return true;
    }
  return false;
}

/// Adds all that reads the value, or a view of it, behind the launch; views first.
void ReaderMover::collect(Value value) {
  for (Operation *user : value.getUsers()) {
    if (user != launch && !user->isBeforeInBlock(launch))
      readers.push_back(user);
    if (auto reshape = dyn_cast<program::ReshapeOp>(user))
      collect(reshape.getResult());
  }
}

/// Whether the launch writes over something or could: what is moved would not find it dead any more.
bool ReaderMover::liesOver(LaunchOp reader) const {
  auto kernel = symbols.lookup<KernelOp>(reader.getKernel());
  return llvm::any_of(kernel.getTies(), [](int64_t tie) { return tie >= 0; }) ||
         anyTie(reader, symbols, [](Value) { return true; });
}

/// Whether the reader finds all its operands before the launch, but for views that move with it.
bool ReaderMover::mayMove(Operation *reader) const {
  auto other = dyn_cast<LaunchOp>(reader);
  if (!isa<program::ReshapeOp>(reader) && (!other || liesOver(other)))
    return false;
  return llvm::all_of(reader->getOperands(), [&](Value operand) {
    Operation *producer = operand.getDefiningOp();
    return !producer || producer->isBeforeInBlock(launch) || llvm::is_contained(readers, producer);
  });
}

/// All of them, or none.
void ReaderMover::moveReaders(Value memory) {
  readers.clear();
  collect(memory);
  if (!llvm::all_of(readers, [&](Operation *reader) { return mayMove(reader); }))
    return;
  llvm::sort(readers, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  readers.erase(std::unique(readers.begin(), readers.end()), readers.end());
  for (Operation *reader : readers)
    reader->moveBefore(launch);
}

void ReaderMover::run() {
  anyTie(launch, symbols, [&](Value memory) {
    moveReaders(memory);
    return readers.empty();
  });
}

void vae::moveReadersBeforeOverwriters(func::FuncOp function, SymbolTable &symbols) {
  auto launches = llvm::to_vector(function.getOps<LaunchOp>());
  for (LaunchOp launch : launches)
    ReaderMover(launch, symbols).run();
}
