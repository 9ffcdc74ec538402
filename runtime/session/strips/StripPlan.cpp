// The search for values to make anew, and the arena of what it finds.
#include "runtime/session/strips/StripPlan.h"
#include "runtime/session/strips/Keeping.h"

#include <algorithm>
#include <set>

namespace vae::runtime {
namespace {

/// Tensors of a smaller share of the arena are kept: what they would save is not worth the search.
constexpr uint64_t leastShare = 512;

/// Gives up one value after another, or a few that only help together.
class Search {
public:
  Search(const StripProblem &problem, uint64_t allowed, bool inStages)
      : problem(problem), allowed(allowed), inStages(inStages), unkept(problem.graph.values.size(), false) {
    for (uint32_t v = 0; v < unkept.size(); ++v)
      if (mayGiveUp(v))
        addMoves(v);
  }

  std::optional<Keeping> run() {
    best = workOut(problem, unkept, allowed, inStages);
    while (best && best->excess > 0 && (improve(/*inWorstAlone=*/true) || improve(/*inWorstAlone=*/false))) {
    }
    return std::move(best);
  }

private:
  static constexpr double leastWork = 1e-4; ///< so that moves that cost nothing are compared by what they save

  /// Makes the move that saves the most for its work, of those that touch what the segment keeps which needs most, where
  /// that is enough: most moves save nothing, and trying each takes a walk through the program.
  bool improve(bool inWorstAlone) {
    std::optional<Keeping> next;
    double nextScore = 0;
    const std::vector<uint32_t> *taken = nullptr;
    for (const std::vector<uint32_t> &move : moves) {
      auto isInWorst = [&](uint32_t value) { return best->isInWorst(value); };
      if (inWorstAlone && std::none_of(move.begin(), move.end(), isInWorst))
        continue;
      std::optional<Keeping> tried = tryMove(move);
      if (!tried || tried->excess >= best->excess)
        continue;
      double score = (best->excess - tried->excess) / std::max(tried->work - best->work, best->work * leastWork);
      if (score <= nextScore)
        continue;
      nextScore = score;
      next = std::move(tried);
      taken = &move;
    }
    if (!next)
      return false;
    for (uint32_t value : *taken)
      unkept[value] = true;
    best = std::move(next);
    return true;
  }

  /// The results of the command that makes the value; none of an input.
  std::vector<uint32_t> resultsWith(uint32_t value) const {
    std::vector<uint32_t> results;
    if (uint32_t maker = problem.graph.values[value].maker; maker != none)
      for (uint32_t written : problem.graph.uses[maker].writes)
        if (written != none)
          results.push_back(written);
    return results;
  }

  /// Whether the value is large, and its maker's results, which are kept or given up together, are each read by what can
  /// run over pieces of it.
  bool mayGiveUp(uint32_t value) const {
    std::vector<uint32_t> results = resultsWith(value);
    return problem.graph.values[value].bytes >= problem.sized.placement.bytes / leastShare && !results.empty() &&
           std::all_of(results.begin(), results.end(), [&](uint32_t result) { return mayDivide(result); });
  }

  /// Whether the value's maker and all its readers can run over pieces of it.
  bool mayDivide(uint32_t index) const {
    const StripValue &value = problem.graph.values[index];
    if (value.readers.empty() || value.isOutput || !problem.pieces[value.maker])
      return false;
    return std::all_of(value.readers.begin(), value.readers.end(), [&](uint32_t reader) {
      const CommandUses &use = problem.graph.uses[reader];
      for (size_t b = 0; b < use.reads.size(); ++b)
        if (use.reads[b] == index && (!problem.pieces[reader] || problem.pieces[reader]->rows[b] == 0))
          return false;
      return true;
    });
  }

  /// The value alone; with the one that it is written over; with each that its maker reads: memory is often free only when
  /// both go.
  void addMoves(uint32_t value) {
    std::vector<uint32_t> chain{value};
    for (uint32_t old = problem.graph.values[value].tied; old != none && mayGiveUp(old);
         old = problem.graph.values[old].tied)
      chain.push_back(old);
    addMove({value});
    if (chain.size() > 1)
      addMove(chain);
    for (uint32_t read : problem.graph.uses[problem.graph.values[value].maker].reads)
      if (read != none && mayGiveUp(read)) {
        std::vector<uint32_t> both = chain;
        both.push_back(read);
        addMove(both);
      }
  }

  /// With all results of their makers, each once.
  void addMove(const std::vector<uint32_t> &values) {
    std::set<uint32_t> move;
    for (uint32_t value : values) {
      std::vector<uint32_t> results = resultsWith(value);
      move.insert(results.begin(), results.end());
    }
    moves.emplace_back(move.begin(), move.end());
  }

  std::optional<Keeping> tryMove(const std::vector<uint32_t> &move) {
    std::vector<uint32_t> changed;
    for (uint32_t value : move)
      if (!unkept[value]) {
        unkept[value] = true;
        changed.push_back(value);
      }
    std::optional<Keeping> result = changed.empty() ? std::nullopt : workOut(problem, unkept, allowed, inStages);
    for (uint32_t value : changed)
      unkept[value] = false;
    return result;
  }

  const StripProblem &problem;
  uint64_t allowed;
  bool inStages;
  std::vector<bool> unkept;
  std::vector<std::vector<uint32_t>> moves;
  std::optional<Keeping> best;
};

/// Offsets of a sweep's slots, and the bytes of all of them.
Result<Placement> placeSlots(const Sweep &sweep, uint64_t alignment) {
  std::vector<PlacerItem> items;
  for (const Slot &slot : sweep.slots) {
    auto units = static_cast<uint64_t>(sweep.height + slot.margin.before + slot.margin.after);
    items.push_back({slot.unitBytes * units, static_cast<uint32_t>(slot.first), static_cast<uint32_t>(slot.last)});
  }
  return place(items, alignment);
}

/// The arena: places for their lives, and each sweep's slots while it runs.
Result<StripPlan> layOut(const StripProblem &problem, Keeping keeping) {
  StripPlan plan;
  plan.symbol = problem.symbol;
  plan.work = keeping.work;
  std::vector<PlacerItem> items;
  for (const Places::Place &place : keeping.places.places)
    items.push_back({place.bytes, place.first, place.last});
  std::vector<uint32_t> sweeps; // segments
  for (uint32_t s = 0; s < keeping.segments.size(); ++s) {
    const Segment &segment = keeping.segments[s];
    plan.preparedBytes = std::max(plan.preparedBytes, segment.prepared);
    Placement slots;
    if (segment.sweep) {
      VAE_ASSIGN_OR_RETURN(slots, placeSlots(*segment.sweep, problem.alignment));
    }
    if (slots.bytes > 0) {
      items.push_back({slots.bytes, s, s});
      sweeps.push_back(s);
    }
    plan.slotsWithin.push_back(std::move(slots.offsets));
  }
  VAE_ASSIGN_OR_RETURN(Placement placed, place(items, problem.alignment));
  auto firstSlot = placed.offsets.begin() + static_cast<ptrdiff_t>(keeping.places.places.size());
  plan.placeOffsets.assign(placed.offsets.begin(), firstSlot);
  plan.slotOffsets.resize(keeping.segments.size());
  for (size_t i = 0; i < sweeps.size(); ++i)
    plan.slotOffsets[sweeps[i]] = firstSlot[static_cast<ptrdiff_t>(i)];
  plan.arenaBytes = placed.bytes;
  plan.keptIn = std::move(keeping.places.of);
  plan.segments = std::move(keeping.segments);
  return plan;
}

/// Shares of what is allowed to search for: what is found needs more where its places leave gaps.
constexpr double sharesOfAllowed[] = {1.0, 0.97, 0.93, 0.87, 0.8, 0.7};
/// Shares of what the program needs at once, where none of those does: a search for too little gives up what does not help
/// and ends above one for more. The same for every limit, so that the least that is named is found when it is allowed.
constexpr double sharesOfWhole[] = {0.7, 0.5, 0.35, 0.25, 0.18, 0.12, 0.08, 0.05, 0};

/// The first plan found within `bytes`, else the one that needs the least.
Result<std::optional<StripPlan>> planAlong(const StripProblem &problem, uint64_t bytes, bool inStages) {
  std::optional<Keeping> whole = workOut(problem, std::vector<bool>(problem.graph.values.size(), false), 0, inStages);
  std::vector<double> targets;
  for (double share : sharesOfAllowed)
    targets.push_back(share * static_cast<double>(bytes));
  for (double share : sharesOfWhole)
    targets.push_back(share * static_cast<double>(whole ? whole->most : 0));
  std::optional<StripPlan> best;
  for (double target : targets) {
    std::optional<Keeping> found = Search(problem, static_cast<uint64_t>(target), inStages).run();
    if (!found || !whole)
      return std::optional<StripPlan>();
    found->work /= whole->work;
    VAE_ASSIGN_OR_RETURN(StripPlan plan, layOut(problem, std::move(*found)));
    if (!best || plan.bytes() < best->bytes())
      best = std::move(plan);
    if (best->bytes() <= bytes)
      break;
  }
  return best;
}

bool isBetter(const StripPlan &plan, const StripPlan &than, uint64_t bytes) {
  bool fits = plan.bytes() <= bytes;
  if (fits != (than.bytes() <= bytes))
    return fits;
  return fits ? plan.work < than.work : plan.bytes() < than.bytes();
}

} // namespace

std::set<uint32_t> preparedIn(const StripProblem &problem, const Segment &segment) {
  std::set<uint32_t> found;
  forEachCommand(segment, [&](uint32_t command) {
    for (uint32_t buffer : problem.graph.uses[command].buffers)
      if (uint32_t root = problem.program.root(buffer); problem.program.buffers[root].kind == BufferKind::prepared)
        found.insert(root);
  });
  return found;
}

Result<std::optional<StripPlan>> planStrips(const Package &package, const PackageProgram &program,
                                            const SizedProgram &sized, uint64_t alignment, uint64_t bytes,
                                            bool inStages) {
  std::optional<StripPlan> best;
  for (const Command &command : program.commands)
    if (command.kind == Command::Kind::repeat)
      return best;
  for (uint32_t symbol = 0; symbol < program.symbols.size(); ++symbol) {
    StripProblem problem(package, program, sized, symbol, alignment);
    if (problem.units < 2)
      continue;
    VAE_ASSIGN_OR_RETURN(std::optional<StripPlan> plan, planAlong(problem, bytes, inStages));
    if (plan && (!best || isBetter(*plan, *best, bytes)))
      best = std::move(plan);
  }
  return best;
}

} // namespace vae::runtime
