// The header is a Python literal; this reader accepts the dictionary of three keys that the format defines, nothing
// more.
#include "runtime/formats/Npy.h"
#include "runtime/base/AtomicFile.h"
#include "runtime/base/Checked.h"
#include "runtime/base/File.h"

#include <cctype>
#include <charconv>

namespace vae::runtime {
namespace {

struct NpyType {
  std::string_view code;
  ElementType element;
};
constexpr NpyType npyTypes[] = {{"<f4", ElementType::f32}, {"<i4", ElementType::i32}, {"|u1", ElementType::u8},
                                {"<i8", ElementType::i64}, {"<f2", ElementType::f16}, {"<f8", ElementType::f64}};
constexpr std::string_view magic = "\x93NUMPY";
constexpr size_t maxNpyRank = 32;

struct Header {
  std::string type;
  std::optional<bool> fortran;
  std::optional<std::vector<int64_t>> shape;
};

/// Reads the dictionary; every `read` answers whether the text was as expected.
class HeaderParser {
public:
  explicit HeaderParser(std::string_view text) : text(text) {}

  bool parse(Header &header) {
    if (!take('{'))
      return false;
    while (!take('}')) {
      std::string key;
      if (!readText(key) || !take(':') || !readValue(key, header))
        return false;
      if (!take(','))
        return take('}') && atEnd();
    }
    return atEnd();
  }

private:
  bool readValue(const std::string &key, Header &header) {
    if (key == "descr")
      return header.type.empty() && readText(header.type);
    if (key == "fortran_order")
      return !header.fortran && readBool(header.fortran);
    return key == "shape" && !header.shape && readShape(header.shape);
  }

  bool readText(std::string &value) {
    skipSpace();
    if (text.empty() || (text[0] != '\'' && text[0] != '"'))
      return false;
    size_t end = text.find(text[0], 1);
    if (end == std::string_view::npos)
      return false;
    value = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    return true;
  }

  bool readBool(std::optional<bool> &value) {
    skipSpace();
    for (auto [word, meaning] : {std::pair("True", true), std::pair("False", false)})
      if (text.starts_with(word)) {
        text.remove_prefix(std::string_view(word).size());
        value = meaning;
        return true;
      }
    return false;
  }

  bool readShape(std::optional<std::vector<int64_t>> &shape) {
    if (!take('('))
      return false;
    shape.emplace();
    while (!take(')')) {
      skipSpace();
      int64_t size = 0;
      auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
      if (error != std::errc() || size < 0 || shape->size() == maxNpyRank)
        return false;
      text.remove_prefix(static_cast<size_t>(end - text.data()));
      shape->push_back(size);
      if (!take(','))
        return take(')');
    }
    return true;
  }

  bool take(char letter) {
    skipSpace();
    if (text.empty() || text[0] != letter)
      return false;
    text.remove_prefix(1);
    return true;
  }
  bool atEnd() {
    skipSpace();
    return text.empty();
  }
  void skipSpace() {
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text[0])))
      text.remove_prefix(1);
  }

  std::string_view text;
};

/// The header's text and where the data starts.
struct Preamble {
  std::string_view header;
  uint64_t dataStart;
};

Result<Preamble> readPreamble(std::span<const std::byte> bytes) {
  std::string_view text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  if (!text.starts_with(magic) || bytes.size() < 10)
    return fail(StatusCode::invalidFile, "not an npy file");
  int major = static_cast<int>(bytes[6]);
  int minor = static_cast<int>(bytes[7]);
  if ((major != 1 && major != 2) || minor != 0)
    return fail(StatusCode::unsupported, "npy version ", major, ".", minor, ", 1.0 or 2.0 wanted");
  std::optional<uint64_t> length = readLittle<uint16_t>(bytes, 8);
  if (major == 2)
    length = readLittle<uint32_t>(bytes, 8);
  uint64_t start = major == 1 ? 10 : 12;
  if (!length || !checkedRange(start, *length, bytes.size()))
    return fail(StatusCode::invalidFile, "the header ends beyond the ", bytes.size(), " bytes of the file");
  return Preamble{text.substr(static_cast<size_t>(start), static_cast<size_t>(*length)), start + *length};
}

Result<HostTensor> parse(std::span<const std::byte> bytes) {
  VAE_ASSIGN_OR_RETURN(Preamble preamble, readPreamble(bytes));
  Header header;
  if (!HeaderParser(preamble.header).parse(header) || header.type.empty() || !header.fortran || !header.shape)
    return fail(StatusCode::invalidFile, "the header is not a dictionary of descr, fortran_order and shape");
  const NpyType *type = nullptr;
  for (const NpyType &row : npyTypes)
    if (row.code == header.type)
      type = &row;
  if (!type)
    return fail(StatusCode::unsupported, "element type '", header.type, "', one of <f2 <f4 <f8 <i4 <i8 |u1 wanted");
  if (*header.fortran)
    return fail(StatusCode::unsupported, "fortran order; save it as numpy.ascontiguousarray(x)");
  std::optional<uint64_t> size = checkedByteSize(*header.shape, elementSize(type->element));
  if (!size)
    return fail(StatusCode::invalidFile, "the shape ", shapeText(*header.shape), " is out of range");
  std::span<const std::byte> data = bytes.subspan(static_cast<size_t>(preamble.dataStart));
  if (data.size() != *size)
    return fail(StatusCode::invalidFile, "the header promises ", *size, " bytes of ", elementName(type->element),
                shapeText(*header.shape), " but ", data.size(), " follow");
  return HostTensor::copyOf(type->element, std::move(*header.shape), data);
}

} // namespace

Result<HostTensor> parseNpy(std::span<const std::byte> bytes, const std::string &path) {
  Result<HostTensor> tensor = parse(bytes);
  if (!tensor.ok())
    return tensor.status().withContext(path);
  return tensor;
}

Result<HostTensor> readNpy(const std::string &path) {
  return readMapped(path, [&](std::span<const std::byte> bytes) { return parseNpy(bytes, path); });
}

Result<std::vector<std::byte>> encodeNpy(const HostTensor &tensor) {
  const NpyType *type = nullptr;
  for (const NpyType &row : npyTypes)
    if (row.element == tensor.element())
      type = &row;
  if (!type)
    return fail(StatusCode::unsupported, "npy has no element type ", elementName(tensor.element()));
  std::string shape;
  for (int64_t size : tensor.shape())
    shape += std::to_string(size) + (tensor.shape().size() == 1 || &size != &tensor.shape().back() ? ", " : "");
  if (tensor.shape().size() == 1)
    shape.pop_back();
  std::string header =
      "{'descr': '" + std::string(type->code) + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  // NumPy pads with spaces so that the data starts at a multiple of 64.
  header.resize((10 + header.size() + 1 + 63) / 64 * 64 - 11, ' ');
  header += '\n';
  std::optional<uint16_t> length = checkedNarrow<uint16_t>(header.size());
  if (!length)
    return fail(StatusCode::invalidArgument, "a tensor of rank ", tensor.shape().size(), " does not fit npy");
  std::string start(magic);
  start += {'\x01', '\x00', static_cast<char>(*length & 0xff), static_cast<char>(*length >> 8)};
  start += header;
  std::span<const std::byte> head = std::as_bytes(std::span(start));
  std::vector<std::byte> bytes(head.begin(), head.end());
  bytes.insert(bytes.end(), tensor.bytes().begin(), tensor.bytes().end());
  return bytes;
}

Status writeNpy(const std::string &path, const HostTensor &tensor) {
  Result<std::vector<std::byte>> bytes = encodeNpy(tensor);
  return bytes.ok() ? writeFile(path, *bytes) : bytes.status().withContext(path);
}

} // namespace vae::runtime
