// Windows over pictures: their attribute, and what convolutions and their filters' gradients must look like.
#include "ir/program/Messages.h"
#include "ir/program/Program.h"

using namespace mlir;
using namespace vae;
using namespace vae::program;

//===-- Windows ----------------------------------------------------------------===//

void WindowAttr::print(AsmPrinter &printer) const {
  printer << "<" << getKernel() << ", " << getStride() << ", " << getDilation() << ", " << getOffset() << ", "
          << getDivisor() << (getExact() ? ", exact>" : ">");
}

Attribute WindowAttr::parse(AsmParser &parser, Type) {
  SmallVector<int64_t, 5> numbers;
  bool exact = false;
  SMLoc loc = parser.getCurrentLocation();
  auto parseItem = [&]() -> ParseResult {
    if (succeeded(parser.parseOptionalKeyword("exact"))) {
      exact = true;
      return success();
    }
    return parser.parseInteger(numbers.emplace_back());
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater, parseItem))
    return {};
  if (numbers.size() == 4)
    numbers.push_back(1);
  if (numbers.size() != 5) {
    parser.emitError(loc) << messages::WindowForm();
    return {};
  }
  return parser.getChecked<WindowAttr>(loc, parser.getContext(), numbers[0], numbers[1], numbers[2], numbers[3],
                                       numbers[4], exact);
}

LogicalResult WindowAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t kernel, int64_t stride,
                                 int64_t dilation, int64_t, int64_t divisor, bool) {
  if (kernel < 1 || stride < 1 || dilation == 0 || divisor < 1)
    return emitError() << messages::WindowRange(kernel, stride, dilation, divisor);
  return success();
}

//===-- Roots ------------------------------------------------------------------===//

/// A picture [batch, height, width, channels] of f32 with static channels; their number, or none.
static std::optional<int64_t> getChannels(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (type.getRank() != 4 || type.isDynamicDim(3) || !type.getElementType().isF32())
    return std::nullopt;
  return type.getDimSize(3);
}

static InFlightDiagnostic reportPicture(Operation *op, StringRef name, Value tensor) {
  return op->emitOpError() << messages::NotAPictureTensor(name, tensor.getType());
}

LogicalResult ConvolutionOp::verify() {
  std::optional<int64_t> in = getChannels(getX()), out = getChannels(getResult());
  if (!in)
    return reportPicture(*this, "input", getX());
  if (!out)
    return reportPicture(*this, "result", getResult());
  auto filter = cast<RankedTensorType>(getFilter().getType());
  int64_t groups = filter.getRank() == 6 ? filter.getDimSize(0) : 0;
  SmallVector<Size> expected;
  if (groups > 0 && *in % groups == 0 && *out % groups == 0)
    expected = getPackedShape(Layout::panels16,
                              {groups, *out / groups, getRows().getKernel(), getColumns().getKernel(), *in / groups});
  if (!filter.getElementType().isF32() || getSizes(filter) != expected)
    return emitOpError() << messages::FilterChannels(filter, *in, *out, filterPanel);
  return success();
}

LogicalResult FilterGradientOp::verify() {
  std::optional<int64_t> in = getChannels(getX()), out = getChannels(getGradient());
  if (!in)
    return reportPicture(*this, "input", getX());
  if (!out)
    return reportPicture(*this, "gradient", getGradient());
  auto result = cast<RankedTensorType>(getResult().getType());
  int64_t groups = result.getRank() == 5 ? result.getDimSize(0) : 0;
  SmallVector<int64_t> expected;
  if (groups > 0 && *in % groups == 0 && *out % groups == 0)
    expected = {groups, getRows().getKernel(), getColumns().getKernel(), *in / groups, *out / groups};
  if (!result.getElementType().isF32() || result.getShape() != ArrayRef<int64_t>(expected))
    return emitOpError() << messages::FilterGradientResult(result, *in, *out);
  return success();
}

/// Of an exact window, one tap in `divisor` hits.
static int64_t getHits(WindowAttr window) {
  return window.getExact() ? llvm::divideCeil(window.getKernel(), window.getDivisor()) : window.getKernel();
}

ProductCount ConvolutionOp::countProducts() {
  return {getInto(),
          getHits(getRows()) * getHits(getColumns()) * cast<RankedTensorType>(getFilter().getType()).getDimSize(4)};
}

ProductCount FilterGradientOp::countProducts() {
  int64_t channels = cast<RankedTensorType>(getResult().getType()).getDimSize(3);
  return {getGradient(), getHits(getRows()) * getHits(getColumns()) * channels};
}

/// A run over rows of a picture takes what lies beyond them for zeros. So it is right where a window stays inside, as the
/// reach of those results says.
static Reach reachOf(WindowAttr window, unsigned axis) {
  int64_t last = (window.getKernel() - 1) * window.getDilation();
  return {axis, window.getStride(), window.getDivisor(), window.getOffset() + std::min<int64_t>(last, 0),
          window.getOffset() + std::max<int64_t>(last, 0)};
}

std::optional<Reach> ConvolutionOp::findReach(unsigned axis, unsigned tensor) {
  if (axis > 2)
    return std::nullopt;
  if (tensor != 0)
    return Reach{};
  return axis == 0 ? Reach{0} : reachOf(axis == 1 ? getRows() : getColumns(), axis);
}
