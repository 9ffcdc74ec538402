// Which commands may run over a part of a symbol's range.
#ifndef VAE_RUNTIME_SESSION_STRIPS_PIECES_H
#define VAE_RUNTIME_SESSION_STRIPS_PIECES_H

#include "runtime/package/Package.h"
#include "runtime/session/sizes/SizedProgram.h"

namespace vae::runtime {

/// A half-open range, of rows or of units of the symbol.
struct Range {
  int64_t begin = 0, end = 0;

  int64_t length() const { return end - begin; }
  void cover(const Range &other) {
    begin = std::min(begin, other.begin);
    end = std::max(end, other.end);
  }
  bool operator==(const Range &) const = default;
};

/// How a dispatch runs over part of a symbol's range, in units of the symbol: each binding that has the axis holds `rows`
/// of them a unit, one after another in memory.
struct Piece {
  const Cut *cut = nullptr;
  std::vector<int64_t> rows; ///< by binding; 0 where all of it is bound
  int64_t resultRows = 0;

  /// The rows of binding `binding` that rows `results` of the results need; some may not exist.
  Range needed(size_t binding, const Range &results) const;
  /// The least units that hold what rows `results` need of every binding.
  Range units(const Range &results) const;
};

/// None where the command may not: it isn't a dispatch, the kernel has no such cut, or rows of a unit don't follow each
/// other in memory.
std::optional<Piece> findPiece(const Package &package, const PackageProgram &program, const SizedProgram &sized,
                               const Command &command, uint32_t symbol);

int64_t floorDivide(int64_t a, int64_t b);
int64_t ceilDivide(int64_t a, int64_t b);

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_STRIPS_PIECES_H
