// What a strip needs, back to values that are kept.
#include "runtime/session/strips/Sweep.h"
#include "runtime/base/Checked.h"
#include "runtime/session/BoundCommands.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace vae::runtime {

StripProblem::StripProblem(const Package &package, const PackageProgram &program, const SizedProgram &sized,
                           uint32_t symbol, uint64_t alignment)
    : package(package), program(program), sized(sized), symbol(symbol), alignment(alignment),
      units(sized.symbols[symbol]), graph(package, program, sized) {
  for (const Command &command : program.commands) {
    pieces.push_back(findPiece(package, program, sized, command, symbol));
    Result<double> count = command.kind == Command::Kind::dispatch
                               ? countFlops(package, program, command, sized.symbols)
                               : Result<double>(0.0);
    flops.push_back(count.ok() ? *count : 0);
  }
}

uint64_t StripProblem::wholeBytes(uint32_t value) const {
  return checkedAlign(graph.values[value].bytes, alignment).value_or(graph.values[value].bytes);
}

uint64_t Sweep::bytes(int64_t strip) const {
  uint64_t most = 0;
  for (size_t step = 0; step < steps.size(); ++step) {
    uint64_t sum = 0;
    for (const Slot &slot : slots)
      if (slot.first <= step && step <= slot.last)
        sum += slot.unitBytes * static_cast<uint64_t>(strip + slot.margin.before + slot.margin.after);
    most = std::max(most, sum);
  }
  return most;
}

int64_t Sweep::heightFor(uint64_t most, int64_t units) const {
  int64_t low = 1, high = ceilDivide(units, grain); // in grains
  while (low < high) {
    int64_t middle = (low + high + 1) / 2;
    if (bytes(middle * grain) <= most)
      low = middle;
    else
      high = middle - 1;
  }
  return low * grain;
}

namespace {

class SweepBuilder {
public:
  SweepBuilder(const StripProblem &problem, uint32_t command, const std::vector<bool> &unkept)
      : problem(problem), sink(command), unkept(unkept) {}

  std::optional<Sweep> build() {
    if (!findGrain())
      return std::nullopt;
    int64_t rows = problem.pieces[sink]->resultRows;
    pending[sink] = {{strip.begin * rows, strip.end * rows}, strip};
    std::vector<SweepStep> backwards;
    while (!pending.empty()) {
      auto last = std::prev(pending.end());
      auto [command, need] = *last;
      pending.erase(last);
      backwards.push_back({command, addNeeds(command, need), {}});
    }
    sweep.steps.assign(backwards.rbegin(), backwards.rend());
    const Margin &own = sweep.steps.back().margin;
    sweep.direct = own.before == 0 && own.after == 0;
    placeAll();
    for (uint32_t value : read)
      if (!unaligned.contains(value))
        sweep.aligned.push_back(value);
    return std::move(sweep);
  }

private:
  struct Need {
    Range rows;  ///< of the results
    Range units; ///< that readers bind
  };

  /// The commands that the sweep runs, and a grain with which each of their pieces begins at a multiple of the alignment.
  bool findGrain() {
    std::set<uint32_t> seen{sink};
    for (std::vector<uint32_t> work{sink}; !work.empty();) {
      uint32_t command = work.back();
      work.pop_back();
      if (!problem.pieces[command])
        return false;
      const CommandUses &use = problem.graph.uses[command];
      for (size_t b = 0; b < use.buffers.size(); ++b) {
        if (problem.pieces[command]->rows[b] != 0) {
          uint64_t unit = problem.sized.bytes[use.buffers[b]] / static_cast<uint64_t>(problem.units);
          sweep.grain =
              std::lcm(sweep.grain, static_cast<int64_t>(problem.alignment / std::gcd(problem.alignment, unit)));
        }
        if (uint32_t value = use.reads[b]; value != none && unkept[value]) {
          if (problem.pieces[command]->rows[b] == 0)
            return false;
          if (seen.insert(problem.graph.values[value].maker).second)
            work.push_back(problem.graph.values[value].maker);
        }
      }
    }
    // Far from either end of the tensors, so that the margins are those of any strip.
    strip = {sweep.grain * 4096, sweep.grain * 4096 + sweep.grain};
    return sweep.grain <= std::max<int64_t>(problem.units, 1);
  }

  /// What the command's operands must hold for it, and the margin of its own piece.
  Margin addNeeds(uint32_t command, const Need &need) {
    const Piece &piece = *problem.pieces[command];
    const CommandUses &use = problem.graph.uses[command];
    Range units = piece.units(need.rows);
    units.cover(need.units);
    units = {floorDivide(units.begin, sweep.grain) * sweep.grain, ceilDivide(units.end, sweep.grain) * sweep.grain};
    for (size_t b = 0; b < use.reads.size(); ++b) {
      uint32_t value = use.reads[b];
      if (value == none)
        continue;
      Range rows = piece.needed(b, need.rows);
      if (piece.rows[b] == 0 || rows != Range{strip.begin * piece.rows[b], strip.end * piece.rows[b]})
        unaligned.insert(value);
      if (!unkept[value]) {
        read.insert(value);
        continue;
      }
      auto [entry, fresh] = pending.try_emplace(problem.graph.values[value].maker, Need{rows, units});
      if (!fresh) {
        entry->second.rows.cover(rows);
        entry->second.units.cover(units);
      }
    }
    return {strip.begin - units.begin, units.end - strip.end};
  }

  /// Slots for all that the steps write.
  void placeAll() {
    for (size_t step = 0; step < sweep.steps.size(); ++step) {
      const CommandUses &use = problem.graph.uses[sweep.steps[step].command];
      for (uint32_t value : use.reads)
        if (auto slot = value == none ? sweep.slotOf.end() : sweep.slotOf.find(value); slot != sweep.slotOf.end())
          sweep.slots[slot->second].last = step;
      bool isLast = step + 1 == sweep.steps.size();
      for (size_t b = 0; b < use.writes.size(); ++b)
        if (use.writes[b] != none)
          place(step, b, use, isLast && sweep.direct);
    }
  }

  void place(size_t step, size_t binding, const CommandUses &use, bool inPlace) {
    uint32_t value = use.writes[binding], tied = use.reads[binding];
    auto old = tied == none ? sweep.slotOf.end() : sweep.slotOf.find(tied);
    if (!inPlace && old != sweep.slotOf.end() && !isReadLater(step, tied)) {
      sweep.slotOf[value] = old->second;
      return;
    }
    if (tied != none)
      sweep.steps[step].copies.push_back(binding);
    if (inPlace)
      return;
    sweep.slotOf[value] = sweep.slots.size();
    sweep.slots.push_back({problem.unitBytes(value), sweep.steps[step].margin, step, step});
  }

  bool isReadLater(size_t step, uint32_t value) const {
    const std::vector<uint32_t> &readers = problem.graph.values[value].readers;
    return std::any_of(sweep.steps.begin() + static_cast<ptrdiff_t>(step) + 1, sweep.steps.end(),
                       [&](const SweepStep &later) {
                         return std::find(readers.begin(), readers.end(), later.command) != readers.end();
                       });
  }

  const StripProblem &problem;
  uint32_t sink;
  const std::vector<bool> &unkept;
  Sweep sweep;
  Range strip;
  std::map<uint32_t, Need> pending; ///< by command, the last first
  std::set<uint32_t> read, unaligned;
};

} // namespace

std::optional<Sweep> makeSweep(const StripProblem &problem, uint32_t command, const std::vector<bool> &unkept) {
  return SweepBuilder(problem, command, unkept).build();
}

} // namespace vae::runtime
