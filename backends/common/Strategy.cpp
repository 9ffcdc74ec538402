// Chooses strategies by cost and says why.
#include "backends/common/Strategy.h"
#include "backends/Backend.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace vae;

Match vae::refuse(const Twine &reason) { return {std::nullopt, reason.str()}; }

//===-- Choice -------------------------------------------------------------------===//

namespace {
struct Candidate {
  const StrategyEntry *strategy;
  Match match;
};
} // namespace

static SmallVector<Candidate> getCandidates(const KernelView &kernel, StrategyTable table) {
  SmallVector<Candidate> result;
  for (const StrategyEntry *strategy : table)
    if (strategy->form == kernel.form)
      result.push_back({strategy, strategy->match(kernel)});
  return result;
}

/// The strategy that the kernel wishes; null where none is wished, or the backend has no such one.
static const Candidate *findWished(const KernelView &kernel, ArrayRef<Candidate> candidates) {
  auto wish = kernel.op->getAttrOfType<StringAttr>(wishedStrategyAttrName);
  if (!wish)
    return nullptr;
  const Candidate *found =
      llvm::find_if(candidates, [&](const Candidate &candidate) { return wish == candidate.strategy->name; });
  return found == candidates.end() ? nullptr : found;
}

static const StrategyEntry *choose(const Candidate *wished, ArrayRef<Candidate> candidates) {
  if (wished && wished->match.cost)
    return wished->strategy;
  const Candidate *best = nullptr;
  for (const Candidate &candidate : candidates)
    if (candidate.match.cost && (!best || *candidate.match.cost < *best->match.cost))
      best = &candidate;
  return best ? best->strategy : nullptr;
}

FailureOr<const StrategyEntry *> vae::chooseStrategy(const KernelView &kernel, StrategyTable table) {
  SmallVector<Candidate> candidates = getCandidates(kernel, table);
  const Candidate *wished = findWished(kernel, candidates);
  if (const StrategyEntry *strategy = choose(wished, candidates)) {
    if (wished && wished->strategy != strategy)
      kernel.op.emitWarning() << "is not computed as `" << wished->strategy->name << "`: " << wished->match.reason
                              << "; `" << strategy->name << "` takes it";
    return strategy;
  }
  InFlightDiagnostic error = kernel.op.emitOpError() << "is taken by no strategy";
  for (const Candidate &candidate : candidates)
    error << "; " << candidate.strategy->name << ": " << candidate.match.reason;
  return error;
}

void vae::printMatches(const KernelView &kernel, StrategyTable table, raw_ostream &out) {
  SmallVector<Candidate> candidates = getCandidates(kernel, table);
  const StrategyEntry *chosen = choose(findWished(kernel, candidates), candidates);
  for (const auto &[strategy, match] : candidates) {
    std::string cost = match.cost ? llvm::formatv("{0:e2} operations", *match.cost).str() : "refuses";
    out << llvm::formatv("    {0} {1,-16} {2}: {3}\n", strategy == chosen ? '*' : ' ', strategy->name, cost,
                         match.reason);
  }
}

//===-- Form ---------------------------------------------------------------------===//

static std::string getText(const Extent &extent) {
  return extent.isStatic() ? std::to_string(extent.fixed) : llvm::formatv("size{0}", extent.size).str();
}

static std::string getText(ArrayRef<Extent> extents) {
  SmallVector<std::string> texts;
  for (const Extent &extent : extents)
    texts.push_back(getText(extent));
  return llvm::join(texts, " x ");
}

static SmallVector<Extent> select(const KernelGeneric &generic, bool reduced) {
  SmallVector<Extent> result;
  for (auto [loop, extent] : llvm::enumerate(generic.loops))
    if (generic.isReduction(loop) == reduced)
      result.push_back(extent);
  return result;
}

static void printProductRoles(const KernelView &kernel, raw_ostream &out) {
  const GemmForm &form = kernel.gemm;
  ArrayRef<Extent> loops = kernel.root.loops;
  SmallVector<Extent> batch;
  for (unsigned loop : form.batch)
    batch.push_back(loops[loop]);
  if (!batch.empty())
    out << "batch " << getText(batch) << ", ";
  out << "m " << getText(loops[form.m]) << ", n " << getText(loops[form.n]) << ", k " << getText(loops[form.k])
      << (form.lhsTransposed ? ", left (k, m)" : ", left (m, k)")
      << (form.rhsTransposed ? ", right (n, k)" : ", right (k, n)");
  if (int64_t right = kernel.root.inputs[1].buffer; right >= 0 && kernel.buffers[right].panels32)
    out << " in panels";
}

static void printOwnRoles(const KernelView &kernel, raw_ostream &out) {
  out << getText(kernel.root.loops) << " of ";
  llvm::interleave(
      kernel.operands, out, [&](int64_t operand) { out << getText(kernel.buffers[operand].shape); }, " and ");
  for (NamedAttribute attribute : kernel.rootOp->getAttrs())
    out << ", " << attribute.getName().getValue() << ' ' << attribute.getValue();
}

void vae::printForm(const KernelView &kernel, raw_ostream &out) {
  out << program::stringifyKernelForm(kernel.form) << ": ";
  if (!kernel.root.op)
    printOwnRoles(kernel, out);
  else if (!kernel.op.getFormAttr().getRoles().empty())
    printProductRoles(kernel, out);
  else if (SmallVector<Extent> folded = select(kernel.root, true); folded.empty())
    out << getText(kernel.root.loops);
  else
    out << getText(select(kernel.root, false)) << " over " << getText(folded);
  for (auto [side, prologue] : llvm::zip_equal(ArrayRef<StringRef>{"left", "right"}, kernel.prologues))
    if (prologue)
      out << ", prologue on the " << side;
  if (kernel.epilogue)
    out << ", epilogue";
  out << '\n';
}

//===-- Cost ---------------------------------------------------------------------===//

double vae::countIterations(ArrayRef<Extent> loops) {
  double count = 1;
  for (const Extent &extent : loops)
    count *= static_cast<double>(extent.isStatic() ? extent.fixed : nominalLength);
  return count;
}

/// What one iteration does: operations of the body, elements read, elements stored.
static double countSteps(const KernelGeneric &generic) {
  size_t steps = llvm::range_size(generic.body().without_terminator()) + generic.inputs.size();
  for (const KernelResult &result : generic.results)
    steps += result.reduced ? 0 : result.buffers.size();
  return static_cast<double>(steps);
}

double vae::countProducts(const KernelView &kernel) {
  auto root = dyn_cast<program::RootOpInterface>(kernel.rootOp);
  if (!root)
    return 0;
  program::ProductCount count = root.countProducts();
  int64_t buffer = kernel.getBuffer(count.tensor);
  double along = count.along ? countIterations(kernel.buffers[kernel.getBuffer(count.along)].shape[count.axis]) : 1;
  return static_cast<double>(count.perElement) * along *
         countIterations(buffer < 0 ? ArrayRef<Extent>(kernel.root.loops) : kernel.buffers[buffer].shape);
}

Match vae::estimateOperations(const KernelView &kernel) {
  // A product: two elements read, a multiplication, an addition.
  double cost = 4 * countProducts(kernel);
  for (const KernelGeneric *generic : kernel.generics())
    cost += countIterations(generic->loops) * countSteps(*generic);
  return {cost, "operations and accesses of each iteration"};
}
