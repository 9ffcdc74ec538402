// Segments, places and work of a choice of values to keep.
#include "runtime/session/strips/Keeping.h"

#include <algorithm>

namespace vae::runtime {
namespace {

/// Operations that a byte read or written counts as: about what a core computes while memory brings one (117 GFLOP/s
/// against 10 GB/s on an EPYC of 2024).
constexpr double operationsOfByte = 12;

class Worker {
public:
  Worker(const StripProblem &problem, const std::vector<bool> &unkept, uint64_t allowed, bool inStages)
      : problem(problem), graph(problem.graph), unkept(unkept), allowed(allowed), inStages(inStages) {}

  std::optional<Keeping> run() {
    if (!addSegments())
      return std::nullopt;
    findLives();
    placeValues();
    countLive();
    for (Segment &segment : keeping.segments)
      finish(segment);
    return std::move(keeping);
  }

private:
  bool addSegments() {
    for (uint32_t i = 0; i < graph.uses.size(); ++i) {
      const CommandUses &use = graph.uses[i];
      if (use.buffers.empty() || makesOnlyUnkept(use))
        continue;
      Segment segment{i, std::nullopt, 0, 0};
      if (std::any_of(use.reads.begin(), use.reads.end(), [&](uint32_t v) { return v != none && unkept[v]; })) {
        segment.sweep = makeSweep(problem, i, unkept);
        if (!segment.sweep)
          return false;
      }
      keeping.segments.push_back(std::move(segment));
    }
    return true;
  }

  bool makesOnlyUnkept(const CommandUses &use) const {
    bool any = false;
    for (uint32_t value : use.writes) {
      if (value != none && !unkept[value])
        return false;
      any |= value != none;
    }
    return any;
  }

  /// First and last segment that touches each kept value.
  void findLives() {
    lives.assign(graph.values.size(), {none, 0});
    for (uint32_t s = 0; s < keeping.segments.size(); ++s)
      forEachCommand(keeping.segments[s], [&](uint32_t command) {
        for (uint32_t value : graph.uses[command].reads)
          touch(value, s);
        if (command == keeping.segments[s].command)
          for (uint32_t value : graph.uses[command].writes)
            touch(value, s);
      });
    for (uint32_t v = 0; v < graph.values.size(); ++v) {
      if (graph.values[v].maker == none)
        touch(v, 0);
      if (graph.values[v].isOutput)
        touch(v, static_cast<uint32_t>(keeping.segments.size()));
    }
  }

  void touch(uint32_t value, uint32_t segment) {
    if (value == none || unkept[value])
      return;
    lives[value].first = std::min(lives[value].first, segment);
    lives[value].second = std::max(lives[value].second, segment);
  }

  /// A place for each kept value: that of a value which it may be written over, or one of its own.
  void placeValues() {
    Places &places = keeping.places;
    places.of.assign(graph.values.size(), none);
    for (uint32_t v = 0; v < graph.values.size(); ++v)
      if (graph.values[v].maker == none)
        placeAnew(v);
    for (uint32_t s = 0; s < keeping.segments.size(); ++s)
      for (uint32_t value : graph.uses[keeping.segments[s].command].writes) {
        if (value == none || unkept[value])
          continue;
        uint32_t under = findUnder(value, s);
        if (under == none) {
          placeAnew(value);
          continue;
        }
        places.of[value] = places.of[under];
        places.places[places.of[value]].last = lives[value].second;
      }
  }

  void placeAnew(uint32_t value) {
    Places &places = keeping.places;
    places.of[value] = static_cast<uint32_t>(places.places.size());
    places.places.push_back({problem.wholeBytes(value), lives[value].first, lives[value].second});
  }

  /// The value that ends in segment `s` and that `value` may be written over.
  uint32_t findUnder(uint32_t value, uint32_t s) const {
    const Segment &segment = keeping.segments[s];
    auto ends = [&](uint32_t old) {
      return old != none && !unkept[old] && lives[old].second == s &&
             graph.values[old].bytes == graph.values[value].bytes && graph.values[old].maker != none &&
             !isTaken(old, s);
    };
    if (!segment.sweep)
      return ends(graph.values[value].tied) ? graph.values[value].tied : none;
    for (uint32_t old : segment.sweep->aligned)
      if (ends(old))
        return old;
    return none;
  }

  /// Whether another result of the segment lies there already.
  bool isTaken(uint32_t old, uint32_t s) const {
    for (uint32_t value : graph.uses[keeping.segments[s].command].writes)
      if (value != none && keeping.places.of[value] == keeping.places.of[old])
        return true;
    return false;
  }

  void countLive() {
    for (uint32_t s = 0; s < keeping.segments.size(); ++s)
      for (const Places::Place &place : keeping.places.places)
        if (place.first <= s && s <= place.last)
          keeping.segments[s].live += place.bytes;
  }

  uint64_t preparedBytes(const Segment &segment) const {
    uint64_t bytes = 0;
    for (uint32_t buffer : preparedIn(problem, segment))
      bytes += problem.sized.bytes[buffer];
    return bytes;
  }

  /// The height of the strips, and what the segment needs and does.
  void finish(Segment &segment) {
    segment.prepared = inStages ? preparedBytes(segment) : 0;
    uint64_t others = segment.live + segment.prepared, needs = others;
    if (segment.sweep) {
      segment.sweep->height = segment.sweep->heightFor(allowed > others ? allowed - others : 0, problem.units);
      needs += segment.sweep->bytes(segment.sweep->height);
    }
    if (needs > keeping.most) {
      keeping.most = needs;
      keeping.worst = static_cast<uint32_t>(&segment - keeping.segments.data());
    }
    keeping.excess += needs > allowed ? static_cast<double>(needs - allowed) : 0;
    if (!segment.sweep) {
      keeping.work += workOf(segment.command);
      return;
    }
    auto units = static_cast<double>(problem.units), height = static_cast<double>(segment.sweep->height);
    double strips = std::max(1.0, units / height);
    for (const SweepStep &step : segment.sweep->steps) {
      auto margins = static_cast<double>(step.margin.before + step.margin.after);
      keeping.work += workOf(step.command) * (1 + (strips - 1) * margins / units);
    }
  }

  double workOf(uint32_t command) const {
    double work = problem.flops[command];
    for (uint32_t buffer : graph.uses[command].buffers)
      work += operationsOfByte * static_cast<double>(problem.sized.bytes[buffer]);
    return work;
  }

  const StripProblem &problem;
  const ValueGraph &graph;
  const std::vector<bool> &unkept;
  uint64_t allowed;
  bool inStages;
  Keeping keeping;
  std::vector<std::pair<uint32_t, uint32_t>> lives; ///< by value: first and last segment
};

} // namespace

std::optional<Keeping> workOut(const StripProblem &problem, const std::vector<bool> &unkept, uint64_t allowed,
                               bool inStages) {
  return Worker(problem, unkept, allowed, inStages).run();
}

} // namespace vae::runtime
