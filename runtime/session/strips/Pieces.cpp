// Kernels' cuts at the sizes of a run.
#include "runtime/session/strips/Pieces.h"

#include <algorithm>

namespace vae::runtime {

int64_t floorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0); }
int64_t ceilDivide(int64_t a, int64_t b) { return -floorDivide(-a, b); }

Range Piece::needed(size_t binding, const Range &results) const {
  const Reach &reach = cut->reaches[binding];
  return {floorDivide(results.begin * reach.stride + reach.low, reach.divisor),
          floorDivide((results.end - 1) * reach.stride + reach.high, reach.divisor) + 1};
}

Range Piece::units(const Range &results) const {
  Range found{floorDivide(results.begin, resultRows), ceilDivide(results.end, resultRows)};
  for (size_t b = 0; b < rows.size(); ++b)
    if (rows[b] != 0) {
      Range need = needed(b, results);
      found.cover({floorDivide(need.begin, rows[b]), ceilDivide(need.end, rows[b])});
    }
  return found;
}

namespace {

/// Tries one cut of a kernel for one dispatch.
class PieceFinder {
public:
  PieceFinder(const Package &package, const PackageProgram &program, const SizedProgram &sized, const Command &command,
              uint32_t symbol)
      : program(program), sized(sized), command(command), symbol(symbol), kernel(package.kernels()[command.kernel]) {}

  std::optional<Piece> find(const Cut &cut) const {
    Piece piece{&cut, {}, 0};
    for (uint32_t i = 0; i < command.sizes.size(); ++i)
      if (command.sizes[i].uses(symbol) != (std::find(cut.sizes.begin(), cut.sizes.end(), i) != cut.sizes.end()))
        return std::nullopt;
    for (size_t b = 0; b < command.buffers.size(); ++b) {
      std::optional<int64_t> rows = rowsOf(command.buffers[b], cut.reaches[b].axis);
      if (!rows)
        return std::nullopt;
      piece.rows.push_back(*rows);
      if (kernel.accesses[b] == Access::read)
        continue;
      if (*rows == 0 || (piece.resultRows != 0 && piece.resultRows != *rows))
        return std::nullopt;
      piece.resultRows = *rows;
    }
    return agrees(piece) ? std::optional<Piece>(std::move(piece)) : std::nullopt;
  }

private:
  /// So that rows times a reach's numbers do not overflow.
  static constexpr int64_t mostRows = 1 << 20;

  /// Rows a unit of the symbol along the axis; 0 where the buffer doesn't depend on it, none where it does otherwise.
  std::optional<int64_t> rowsOf(uint32_t index, int32_t axis) const {
    const Buffer &buffer = program.buffers[index];
    const std::vector<int64_t> &shape = sized.shapes[index];
    if (axis >= static_cast<int32_t>(shape.size()))
      return std::nullopt;
    for (int32_t d = 0; d < static_cast<int32_t>(shape.size()); ++d)
      if (buffer.shape[static_cast<size_t>(d)].uses(symbol) != (d == axis) ||
          (d < axis && shape[static_cast<size_t>(d)] != 1))
        return std::nullopt;
    if (axis < 0)
      return 0;
    if (!inArena(program.buffers[program.root(index)].kind))
      return std::nullopt;
    int64_t units = sized.symbols[symbol], length = shape[static_cast<size_t>(axis)], rows = length / units;
    return rows >= 1 && rows <= mostRows && isProduct(buffer.shape[static_cast<size_t>(axis)], rows)
               ? std::optional(rows)
               : std::nullopt;
  }

  /// Whether the formula is the symbol times `rows`: tried at both ends of its range.
  bool isProduct(const SizeFormula &formula, int64_t rows) const {
    std::vector<int64_t> symbols = sized.symbols;
    for (int64_t units : {int64_t{1}, int64_t{2}, sized.symbols[symbol], sized.symbols[symbol] + 1}) {
      symbols[symbol] = units;
      Result<int64_t> value = formula.evaluate(symbols, program.symbols);
      if (!value.ok() || *value != rows * units)
        return false;
    }
    return true;
  }

  /// Whether element 0 of every piece of the results goes with element 0 of what is read.
  bool agrees(const Piece &piece) const {
    for (size_t b = 0; b < piece.rows.size(); ++b) {
      const Reach &reach = piece.cut->reaches[b];
      if (piece.rows[b] != 0 && piece.rows[b] * reach.divisor != piece.resultRows * reach.stride)
        return false;
    }
    return piece.resultRows != 0;
  }

  const PackageProgram &program;
  const SizedProgram &sized;
  const Command &command;
  uint32_t symbol;
  const Kernel &kernel;
};

} // namespace

std::optional<Piece> findPiece(const Package &package, const PackageProgram &program, const SizedProgram &sized,
                               const Command &command, uint32_t symbol) {
  if (command.kind != Command::Kind::dispatch)
    return std::nullopt;
  PieceFinder finder(package, program, sized, command, symbol);
  for (const Cut &cut : package.kernels()[command.kernel].cuts)
    if (std::optional<Piece> piece = finder.find(cut))
      return piece;
  return std::nullopt;
}

} // namespace vae::runtime
