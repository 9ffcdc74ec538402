// The header is a Python literal; this reader accepts the dictionary of three keys that the format defines, nothing
// more.
#include "runtime/formats/Npy.h"
#include "runtime/base/AtomicFile.h"
#include "runtime/base/Checked.h"
#include "runtime/base/File.h"

#include <algorithm>
#include <charconv>

namespace vae::runtime {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr size_t maxNpyRank = 32;
// A header of version 1 is no longer; NumPy itself refuses one of 10,000 bytes.
constexpr uint64_t maxHeader = 65535;

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
      bool octal = text.size() > 1 && text[0] == '0' && end > text.data() + 1;
      if (error != std::errc() || size < 0 || octal || shape->size() == maxNpyRank)
        return false;
      text.remove_prefix(static_cast<size_t>(end - text.data()));
      // Python 2 wrote long integers so.
      if (text.starts_with('L'))
        text.remove_prefix(1);
      shape->push_back(size);
      // To Python, (2) is a number.
      if (!take(','))
        return shape->size() > 1 && take(')');
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
  /// What Python takes for space.
  void skipSpace() { text.remove_prefix(std::min(text.find_first_not_of(" \t\f\r\n"), text.size())); }

  std::string_view text;
};

/// The header's text and where the data starts.
struct Preamble {
  std::string header;
  uint64_t dataStart;
};

Result<Preamble> readPreamble(const ByteRange &file) {
  VAE_ASSIGN_OR_RETURN(std::vector<std::byte> bytes, file.head(12 + maxHeader));
  std::string_view text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  if (!text.starts_with(magic) || bytes.size() < 10)
    return invalidFile("not an npy file");
  int major = static_cast<int>(bytes[6]);
  int minor = static_cast<int>(bytes[7]);
  if (major < 1 || major > 3 || minor != 0)
    return fail(StatusCode::unsupported, "npy version ", major, ".", minor, ", 1.0, 2.0 or 3.0 wanted");
  std::optional<uint64_t> length = readLittle<uint16_t>(bytes, 8);
  if (major > 1)
    length = readLittle<uint32_t>(bytes, 8);
  uint64_t start = major == 1 ? 10 : 12;
  if (!length || !checkedRange(start, *length, bytes.size()))
    return invalidFile("the header ends beyond the ", bytes.size(), " bytes of the file");
  return Preamble{std::string(text.substr(static_cast<size_t>(start), static_cast<size_t>(*length))), start + *length};
}

/// The type that `code` ("<f4", "|b1") names, or nothing.
std::optional<StoredType> typeOf(std::string_view code) {
  constexpr std::string_view orders = "<>=|", kinds = "biuf", widths = "1248";
  bool ordered = !code.empty() && orders.find(code[0]) != std::string_view::npos;
  bool bigEndian = ordered && code[0] == '>';
  if (ordered)
    code.remove_prefix(1);
  if (code.size() != 2 || kinds.find(code[0]) == std::string_view::npos ||
      widths.find(code[1]) == std::string_view::npos)
    return std::nullopt;
  StoredType type{static_cast<NumberKind>(kinds.find(code[0])), static_cast<uint8_t>(code[1] - '0'), bigEndian};
  bool exists = type.kind == NumberKind::boolean ? type.width == 1 : type.kind != NumberKind::real || type.width > 1;
  return exists ? std::optional(type) : std::nullopt;
}

/// The code of a type in the byte order of this machine.
std::string codeOf(StoredType type) {
  return concat(type.width == 1 ? '|' : '<', "biuf"[static_cast<size_t>(type.kind)], static_cast<int>(type.width));
}

/// Elements whose first index runs fastest, with the last one running fastest instead.
Result<ByteRange> rowsOf(const ByteRange &columns, const std::vector<int64_t> &shape, size_t width) {
  VAE_ASSIGN_OR_RETURN(HostBuffer from, columns.load());
  VAE_ASSIGN_OR_RETURN(HostBuffer rows, HostBuffer::allocate(from.size()));
  std::vector<int64_t> index(shape.size());
  for (size_t to = 0, place = 0; to < rows.size(); to += width) {
    std::copy_n(from.data() + place * width, width, rows.data() + to);
    place = 0;
    for (size_t axis = shape.size(); axis-- > 0;) {
      if (++index[axis] < shape[axis])
        break;
      index[axis] = 0;
    }
    for (size_t axis = shape.size(); axis-- > 0;)
      place = place * static_cast<size_t>(shape[axis]) + static_cast<size_t>(index[axis]);
  }
  return ByteRange::own(std::move(rows));
}

} // namespace

Result<StoredTensor> openNpy(const ByteRange &file) {
  VAE_ASSIGN_OR_RETURN(Preamble preamble, readPreamble(file));
  Header header;
  if (!HeaderParser(preamble.header).parse(header) || header.type.empty() || !header.fortran || !header.shape)
    return invalidFile("the header is not a dictionary of descr (one type of numbers), fortran_order and shape");
  std::optional<StoredType> type = typeOf(header.type);
  if (!type)
    return fail(StatusCode::unsupported, "element type '", header.type,
                "'; booleans, integers or real numbers of up to 8 bytes wanted, such as x.astype(numpy.float32)");
  VAE_ASSIGN_OR_RETURN(ByteRange data, file.part(preamble.dataStart, file.size() - preamble.dataStart));
  VAE_ASSIGN_OR_RETURN(StoredTensor stored, makeStored(*type, std::move(*header.shape), std::move(data)));
  if (*header.fortran && stored.shape.size() > 1) {
    VAE_ASSIGN_OR_RETURN(stored.data, rowsOf(stored.data, stored.shape, type->width));
  }
  return stored;
}

static Result<HostTensor> loadNpy(const ByteRange &file, const std::string &path) {
  Result<StoredTensor> stored = openNpy(file);
  Result<HostTensor> tensor = stored.ok() ? loadTensor(*stored) : stored.status();
  return tensor.ok() ? std::move(tensor) : tensor.status().withContext(path);
}

Result<HostTensor> parseNpy(std::span<const std::byte> bytes, const std::string &path) {
  return loadNpy(ByteRange::view(bytes), path);
}

Result<HostTensor> readNpy(const std::string &path) {
  VAE_ASSIGN_OR_RETURN(ByteRange file, ByteRange::open(path));
  return loadNpy(file, path);
}

Result<std::vector<std::byte>> encodeNpy(const HostTensor &tensor) {
  if (tensor.element() == ElementType::bf16)
    return fail(StatusCode::unsupported, "npy has no element type ", elementName(tensor.element()));
  std::string shape;
  for (int64_t size : tensor.shape())
    shape += std::to_string(size) + (tensor.shape().size() == 1 || &size != &tensor.shape().back() ? ", " : "");
  if (tensor.shape().size() == 1)
    shape.pop_back();
  std::string header =
      "{'descr': '" + codeOf(storedTypeOf(tensor.element())) + "', 'fortran_order': False, 'shape': (" + shape + "), }";
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
