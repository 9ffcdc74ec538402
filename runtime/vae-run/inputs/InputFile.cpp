// Fitting and converting of files.
#include "runtime/vae-run/inputs/InputFile.h"
#include "runtime/base/Checked.h"
#include "runtime/formats/pictures/PictureFolder.h"
#include "runtime/vae-run/inputs/SizeText.h"

#include <algorithm>
#include <cstring>

namespace vae::runtime::tool {
namespace {

// Files up to here stay in memory; of larger ones a batch at a time is.
constexpr uint64_t mostBytesInMemory = UINT64_C(256) << 20;
// What a file's numbers are checked by.
constexpr uint64_t pieceBytes = UINT64_C(16) << 20;

/// The first element below `low` or above `high`.
template <typename T> std::optional<size_t> outside(std::span<const std::byte> bytes, double low, double high) {
  const T *elements = reinterpret_cast<const T *>(bytes.data());
  for (size_t i = 0; i < bytes.size() / sizeof(T); ++i)
    if (static_cast<double>(elements[i]) < low || static_cast<double>(elements[i]) > high)
      return i;
  return std::nullopt;
}

std::vector<int64_t> shapeFor(const std::vector<int64_t> &shape, const Field &field) {
  size_t rank = field.shape.size();
  if (rank == shape.size() || shape.empty())
    return shape;
  if (rank == 2) {
    std::optional<uint64_t> rest = checkedProduct(std::span(shape).subspan(1));
    return {shape[0], static_cast<int64_t>(rest.value_or(0))};
  }
  if (rank == 4 && shape.size() == 3)
    return {shape[0], 1, shape[1], shape[2]};
  if (rank == 3 && shape.size() == 4 && shape[1] == 1)
    return {shape[0], shape[2], shape[3]};
  return shape;
}

bool sizesFit(const std::vector<int64_t> &shape, const Field &field) {
  bool fits = shape.size() == field.shape.size();
  for (size_t i = 1; fits && i < shape.size(); ++i)
    fits = sizeOf(field.shape[i]).value_or(shape[i]) == shape[i];
  return fits;
}

/// What pictures must become for `field`, as far as its shape says so.
PictureFit fitFor(const Field &field, PictureFit fit) {
  size_t rank = field.shape.size();
  fit.channels = rank == 3 ? 1 : rank == 4 ? sizeOf(field.shape[1]).value_or(0) : 0;
  if (fit.channels > 4)
    fit.channels = 0;
  fit.elements = rank == 2 ? sizeOf(field.shape[1]).value_or(0) : 0;
  return fit;
}

/// "float32"
std::string numpyName(ElementType element) {
  const bool real = storedTypeOf(element).kind == NumberKind::real, byte = element == ElementType::u8;
  return concat(real ? "float" : byte ? "uint" : "int", 8 * elementSize(element));
}

Result<TensorFile> openLabels(const std::string &path) {
  VAE_ASSIGN_OR_RETURN(PictureFolder folder, listPictures(path));
  if (folder.classes.empty())
    return invalidFile(path, ": pictures without labels; those of a class belong into a folder of its own in it");
  std::span<const std::byte> labels = std::as_bytes(std::span(folder.labels));
  VAE_ASSIGN_OR_RETURN(HostBuffer bytes, HostBuffer::allocate(labels.size()));
  std::copy(labels.begin(), labels.end(), bytes.data());
  return TensorFile::of(
      {storedTypeOf(ElementType::i32), {static_cast<int64_t>(folder.labels.size())}, ByteRange::own(std::move(bytes))});
}

} // namespace

std::optional<int64_t> sizeOf(const std::string &text) {
  std::optional<int64_t> size = parseNumber<int64_t>(text);
  return size && *size >= 0 ? size : std::nullopt;
}

Status checkRange(std::span<const std::byte> elements, const Field &field, uint64_t first, size_t itemElements) {
  bool whole = field.element == ElementType::i32;
  if (!field.hasRange || (!whole && field.element != ElementType::f32))
    return {};
  double low = static_cast<double>(field.low), high = static_cast<double>(field.high);
  // Numbers that were scaled by others are off by their rounding.
  double slack = whole ? 0 : (high - low) * 1e-5;
  std::optional<size_t> place =
      whole ? outside<int32_t>(elements, low, high) : outside<float>(elements, low - slack, high + slack);
  if (!place)
    return {};
  char number[32], range[64];
  double element = whole ? reinterpret_cast<const int32_t *>(elements.data())[*place]
                         : static_cast<double>(reinterpret_cast<const float *>(elements.data())[*place]);
  std::snprintf(number, sizeof number, "%.9g", element);
  std::snprintf(range, sizeof range, ", outside [%.9g, %.9g] of input '", low, high);
  if (itemElements == 0)
    return invalidArgument(number, range, field.name, "'");
  std::string where = itemElements == 1 ? "" : concat(" at element ", *place % itemElements);
  return invalidArgument("item ", first + *place / itemElements, " holds ", number, where, range, field.name, "'");
}

bool takesLabels(const Field &field, const std::string &path) {
  return field.element == ElementType::i32 && field.shape.size() == 1 && isFolder(path);
}

Result<InputFile> InputFile::open(const Field &field, const std::string &path, const PictureFit &pictures) {
  InputFile made;
  made.input = field;
  made.filePath = path;
  VAE_ASSIGN_OR_RETURN(made.file,
                       takesLabels(field, path) ? openLabels(path) : TensorFile::open(path, fitFor(field, pictures)));
  made.sizes = shapeFor(made.file.shape(), field);
  if (Status status = made.checkShape(); !status.ok())
    return status.withContext(path);
  return made;
}

bool InputFile::fits() const { return sizesFit(sizes, input); }

/// What axis `axis` of `field` can be that is `size` or little more; nothing where that is left to the caller.
static std::optional<int64_t> sizeNear(const Field &field, size_t axis, int64_t size) {
  if (std::optional<int64_t> fixed = sizeOf(field.shape[axis]))
    return fixed;
  std::optional<LeastValue> least = leastValueFor(field.shape[axis], size);
  return least ? std::optional(least->size) : std::nullopt;
}

Status InputFile::checkPictureSize() const {
  const size_t rank = input.shape.size();
  if (rank < 3 || file.shape().size() != 4)
    return {};
  const int64_t height = file.shape()[2], width = file.shape()[3];
  std::optional<int64_t> down = sizeNear(input, rank - 2, height), across = sizeNear(input, rank - 1, width);
  if (!down || !across || (*down == height && *across == width))
    return {};
  const bool fixed = sizeOf(input.shape[rank - 2]) && sizeOf(input.shape[rank - 1]);
  return invalidArgument("a picture of ", width, " x ", height, " where input ", input.text(), " takes ", *across,
                         " x ", *down, "; --resize=", *across, "x", *down, " makes it fit, --crop without squeezing it",
                         fixed ? "" : ", and `vae-run roundtrip` pads it and crops what comes back");
}

Status InputFile::checkShape() const {
  if (file.isPictures())
    return checkPictureSize();
  if (fits())
    return {};
  std::vector<int64_t> moved = sizes;
  if (moved.size() > 2)
    std::rotate(moved.begin() + 1, moved.end() - 1, moved.end());
  if (!sizesFit(moved, input))
    return {};
  return invalidArgument(shapeText(sizes), " has its channels last, where input ", input.text(),
                         " takes them first; numpy.moveaxis(x, -1, 1) puts them there");
}

bool InputFile::isScaled() const {
  return input.element == ElementType::f32 && input.hasRange && file.full().has_value();
}

/// `stored` are items from `first` on.
Status InputFile::convert(std::span<const std::byte> stored, uint64_t first, std::span<std::byte> out) const {
  if (isScaled()) {
    const float full = *file.full();
    float *to = reinterpret_cast<float *>(out.data());
    for (size_t i = 0; i < out.size() / sizeof(float); ++i) {
      uint16_t sample = static_cast<uint8_t>(stored[i]);
      if (file.type().width == 2)
        std::memcpy(&sample, stored.data() + 2 * i, sizeof sample);
      to[i] = input.low + static_cast<float>(sample) / full * (input.high - input.low);
    }
    return {};
  }
  std::optional<Misfit> misfit = convertElements(stored, file.type(), input.element, out);
  if (!misfit)
    return checkRange(out, input, first, sizes.empty() ? 0 : itemElements());
  std::string where = itemElements() < 2 ? "" : concat(" at element ", misfit->element % itemElements());
  return invalidArgument("item ", first + misfit->element / std::max<size_t>(1, itemElements()), " holds ",
                         misfit->value, where, ", which ", elementName(input.element), " cannot hold; x.astype(numpy.",
                         numpyName(input.element), ") converts it");
}

Status InputFile::read(uint64_t first, std::span<std::byte> out) const {
  std::vector<std::byte> stored(out.size() / static_cast<size_t>(elementSize(input.element)) * file.type().width);
  VAE_RETURN_IF_ERROR(file.read(first, stored));
  return convert(stored, first, out).withContext(filePath);
}

Result<HostTensor> InputFile::readAll() const {
  VAE_ASSIGN_OR_RETURN(HostTensor tensor, HostTensor::create(input.element, sizes));
  VAE_RETURN_IF_ERROR(read(0, tensor.bytes()));
  return tensor;
}

bool InputFile::takesAnyNumber() const {
  return isScaled() || (!input.hasRange && storedTypeOf(input.element) == file.type());
}

Status InputFile::prepare() {
  if (items() * file.itemBytes() <= mostBytesInMemory)
    VAE_RETURN_IF_ERROR(file.keep());
  if (takesAnyNumber() || (file.isPictures() && !file.isKept()))
    return {};
  const uint64_t itemBytes = itemElements() * elementSize(input.element);
  const uint64_t most = std::clamp<uint64_t>(pieceBytes / std::max<uint64_t>(1, itemBytes), 1, items());
  std::vector<std::byte> piece(static_cast<size_t>(most * itemBytes));
  for (uint64_t first = 0; first < items(); first += most)
    VAE_RETURN_IF_ERROR(
        read(first, std::span(piece).first(static_cast<size_t>(std::min(most, items() - first) * itemBytes))));
  return {};
}

} // namespace vae::runtime::tool
