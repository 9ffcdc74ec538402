// Strategy for matrix products: every thread holds a small tile of the result in registers.
#include "backends/vulkan/Costs.h"
#include "backends/vulkan/strategies/GemmTile.h"
#include "backends/vulkan/strategies/Strategy.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace vae;
using namespace vae::vulkan;

namespace {

class GemmEmitter {
public:
  explicit GemmEmitter(const KernelView &kernel);
  Shader emit();

private:
  void emitTile(const TilePlace &place);
  void finishRow(const TilePlace &place, Value row, int64_t quad, Value sums);
  void finishPoint(const Point &point, Value sum);

  const KernelView &kernel;
  const KernelGeneric &root;
  const GemmForm &form;
  TileShape tile;
  Emitter shader;
  GemmTile product;
  Value rowCount, columnCount;
};

} // namespace

/// A tile as large as registers and quick compilation allow, fewer threads along an axis that is known to be short.
static TileShape chooseGemmTile(const KernelView &kernel) {
  const Extent &m = kernel.root.loops[kernel.gemm.m], &n = kernel.root.loops[kernel.gemm.n];
  TileShape tile = costs::gemmTile;
  if (n.isStatic() && n.fixed < costs::twoQuadColumns)
    tile.quads = 1;
  if (n.isStatic() && n.fixed <= costs::shortSide)
    tile.threadsN = std::max<int64_t>(1, llvm::PowerOf2Ceil(llvm::divideCeil(n.fixed, 4)));
  if (m.isStatic() && m.fixed <= costs::shortSide)
    tile.threadsM = std::max<int64_t>(1, llvm::PowerOf2Ceil(llvm::divideCeil(m.fixed, 4)));
  return tile;
}

GemmEmitter::GemmEmitter(const KernelView &kernel)
    : kernel(kernel), root(kernel.root), form(kernel.gemm), tile(chooseGemmTile(kernel)),
      shader(kernel, {static_cast<int32_t>(tile.threadsN), static_cast<int32_t>(tile.threadsM), 1}),
      product(shader, tile), rowCount(shader.length(root.loops[form.m])),
      columnCount(shader.length(root.loops[form.n])) {}

//===-- The tile --------------------------------------------------------------===//

/// Writes the product, or what the epilogue makes of it, at one point of the result or four along n.
void GemmEmitter::finishPoint(const Point &point, Value sum) {
  BodyWriter body(shader, root, point);
  body.bind(root.results[0].yielded, sum);
  if (kernel.epilogue) {
    Point outer = point;
    outer.loops.clear();
    for (auto [loop, index] : llvm::enumerate(point.loops)) {
      if (loop == form.k)
        continue;
      if (static_cast<int>(loop) == point.laneLoop)
        outer.laneLoop = static_cast<int>(outer.loops.size());
      outer.loops.push_back(index);
    }
    BodyWriter epilogue(shader, *kernel.epilogue, outer);
    epilogue.bindProducer(cast<OpResult>(root.op->getResult(0)), sum);
    epilogue.storeResults();
  }
  body.store(root.results[0]);
}

/// One row's quad, as a whole where columns come in fours, else column by column.
void GemmEmitter::finishRow(const TilePlace &place, Value row, int64_t quad, Value sums) {
  const Extent &columns = root.loops[form.n];
  Value column = product.quadColumn(place, quad);
  Point point = product.makePoint(place, row, column, shader.index(0));
  if (columns.isStatic() && columns.fixed % 4 == 0) {
    point.lanes = 4;
    point.laneLoop = static_cast<int>(form.n);
    shader.when(shader.lessThan(column, columnCount), [&] { finishPoint(point, sums); });
    return;
  }
  for (int lane = 0; lane < 4; ++lane) {
    point.loops[form.n] = shader.add(column, shader.index(lane));
    shader.when(shader.lessThan(point.loops[form.n], columnCount),
                [&] { finishPoint(point, shader.lane(sums, lane)); });
  }
}

void GemmEmitter::emitTile(const TilePlace &place) {
  SmallVector<Value> sums = product.emitSums(place);
  for (int64_t row = 0; row < tile.rows; ++row) {
    Value index = shader.add(place.row, shader.index(row));
    shader.when(shader.lessThan(index, rowCount), [&] {
      for (int64_t quad = 0; quad < tile.quads; ++quad)
        finishRow(place, index, quad, sums[row * tile.quads + quad]);
    });
  }
}

Shader GemmEmitter::emit() {
  SmallVector<Extent> batch;
  for (unsigned loop : form.batch)
    batch.push_back(root.loops[loop]);
  shader.blocks(2, shader.volume(batch), [&](Value matrix) {
    shader.blocks(1, shader.ceilDiv(rowCount, tile.groupRows()), [&](Value rowBlock) {
      shader.blocks(0, shader.ceilDiv(columnCount, tile.groupColumns()), [&](Value columnBlock) {
        TilePlace place;
        place.batch = shader.split(matrix, batch);
        Value rowGroup = shader.add(shader.mul(rowBlock, shader.index(tile.threadsM)), shader.threadId(1));
        place.row = shader.mul(rowGroup, shader.index(tile.rows));
        place.column = shader.add(shader.mul(columnBlock, shader.index(tile.groupColumns())),
                                  shader.mul(shader.threadId(0), shader.index(4)));
        emitTile(place);
      });
    });
  });
  GridAxis matrices;
  for (const Extent &extent : batch)
    matrices.factors.push_back(getGridFactor(extent));
  return shader.finish({{getGridFactor(root.loops[form.n], tile.groupColumns())},
                        {getGridFactor(root.loops[form.m], tile.groupRows())},
                        matrices});
}

/// Both sides in either order, the right side also in panels32; leading batch loops; prologues inlined where the sides
/// are loaded; an epilogue on the tile. Sums run over k in ascending order with fused multiply-adds where the device
/// has them.
static Shader emitGemm(const KernelView &kernel) { return GemmEmitter(kernel).emit(); }

const Strategy vulkan::gemm{{"Gemm", KernelForm::Gemm, estimateOperations}, emitGemm};
