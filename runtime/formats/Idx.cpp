// IDX: two zero bytes, a type, a rank, big-endian sizes, big-endian data.
#include "runtime/formats/Idx.h"
#include "runtime/base/AtomicFile.h"
#include "runtime/base/Checked.h"
#include "runtime/base/File.h"

#include <algorithm>
#include <limits>
#include <zlib.h>

namespace vae::runtime {
namespace {

struct IdxType {
  uint8_t code;
  ElementType element;
};
constexpr IdxType idxTypes[] = {
    {0x08, ElementType::u8}, {0x0c, ElementType::i32}, {0x0d, ElementType::f32}, {0x0e, ElementType::f64}};
constexpr size_t maxIdxRank = 8;
// What deflate can gain at most; a header that promises more than this is lying.
constexpr uint64_t maxInflation = 1040;

/// Bytes one after the other, from memory or out of a gzip stream.
class Source {
public:
  virtual ~Source() = default;
  /// Fills `out`; an error where the file ends before.
  virtual Status read(std::span<std::byte> out) = 0;
  /// Success where nothing is left.
  virtual Status finish() = 0;
  /// An upper bound of what is left.
  virtual uint64_t limit() const = 0;
};

class PlainSource : public Source {
public:
  explicit PlainSource(std::span<const std::byte> bytes) : bytes(bytes) {}

  Status read(std::span<std::byte> out) override {
    if (out.size() > bytes.size())
      return fail(StatusCode::invalidFile, "the file ends ", out.size() - bytes.size(), " bytes early");
    std::copy_n(bytes.begin(), out.size(), out.begin());
    bytes = bytes.subspan(out.size());
    return {};
  }
  Status finish() override {
    if (!bytes.empty())
      return fail(StatusCode::invalidFile, bytes.size(), " bytes follow the data");
    return {};
  }
  uint64_t limit() const override { return bytes.size(); }

private:
  std::span<const std::byte> bytes;
};

class GzipSource : public Source {
public:
  explicit GzipSource(std::span<const std::byte> bytes) : bytes(bytes), total(bytes.size()) {
    ready = inflateInit2(&stream, 15 + 16) == Z_OK; // 16: a gzip header, its checksum verified
  }
  ~GzipSource() override { inflateEnd(&stream); }
  GzipSource(const GzipSource &) = delete;
  GzipSource &operator=(const GzipSource &) = delete;

  Status read(std::span<std::byte> out) override {
    VAE_ASSIGN_OR_RETURN(size_t count, inflateSome(out));
    if (count < out.size())
      return fail(StatusCode::invalidFile, "the gzip stream ends ", out.size() - count, " bytes early");
    return {};
  }
  Status finish() override {
    std::byte extra;
    VAE_ASSIGN_OR_RETURN(size_t count, inflateSome({&extra, 1}));
    if (count != 0)
      return fail(StatusCode::invalidFile, "more bytes follow the data");
    return {};
  }
  uint64_t limit() const override {
    return checkedMul<uint64_t>(total, maxInflation).value_or(std::numeric_limits<uint64_t>::max());
  }

private:
  /// Fills as much of `out` as the stream has; fewer bytes only at its proper end.
  Result<size_t> inflateSome(std::span<std::byte> out) {
    if (!ready)
      return fail(StatusCode::outOfMemory, "cannot start to read gzip");
    size_t filled = 0;
    while (filled < out.size() && !ended) {
      size_t give = std::min<size_t>(bytes.size(), size_t{1} << 30);
      size_t room = std::min<size_t>(out.size() - filled, size_t{1} << 30);
      stream.next_in = const_cast<Bytef *>(reinterpret_cast<const Bytef *>(bytes.data()));
      stream.avail_in = static_cast<uInt>(give);
      stream.next_out = reinterpret_cast<Bytef *>(out.data() + filled);
      stream.avail_out = static_cast<uInt>(room);
      int code = inflate(&stream, Z_NO_FLUSH);
      bytes = bytes.subspan(give - stream.avail_in);
      filled += room - stream.avail_out;
      VAE_RETURN_IF_ERROR(judge(code, give, room));
    }
    return filled;
  }

  Status judge(int code, size_t given, size_t room) {
    if (code == Z_STREAM_END) {
      // A gzip file may be several streams, one behind the other.
      ended = bytes.empty();
      if (!ended && inflateReset(&stream) != Z_OK)
        return fail(StatusCode::internal, "cannot restart gzip");
      return {};
    }
    bool stuck = stream.avail_in == given && stream.avail_out == room;
    if (code == Z_BUF_ERROR || (code == Z_OK && stuck))
      return fail(StatusCode::invalidFile, "the gzip stream is cut short at byte ", total);
    if (code == Z_MEM_ERROR)
      return fail(StatusCode::outOfMemory, "not enough memory to read gzip");
    if (code != Z_OK)
      return fail(StatusCode::invalidFile, "damaged gzip stream near byte ", total - bytes.size(), ": ",
                  stream.msg ? stream.msg : "unknown error");
    return {};
  }

  std::span<const std::byte> bytes;
  uint64_t total;
  z_stream stream{};
  bool ready = false;
  bool ended = false;
};

void reverseBytes(std::span<std::byte> bytes, size_t width) {
  for (size_t i = 0; width > 1 && i < bytes.size(); i += width)
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                 bytes.begin() + static_cast<std::ptrdiff_t>(i + width));
}

uint32_t bigEndian(std::span<const std::byte, 4> bytes) {
  uint32_t value = 0;
  for (std::byte b : bytes)
    value = value << 8 | static_cast<uint32_t>(b);
  return value;
}

Result<ElementType> readType(std::span<const std::byte, 4> magic) {
  if (magic[0] != std::byte{0} || magic[1] != std::byte{0})
    return fail(StatusCode::invalidFile, "not an idx file");
  uint8_t code = static_cast<uint8_t>(magic[2]);
  for (const IdxType &row : idxTypes)
    if (row.code == code)
      return row.element;
  return fail(StatusCode::unsupported, "idx element type ", code, "; 8 (u8), 12 (i32), 13 (f32) or 14 (f64) wanted");
}

Result<HostTensor> parse(Source &source) {
  std::array<std::byte, 4> word;
  VAE_RETURN_IF_ERROR(source.read(word));
  VAE_ASSIGN_OR_RETURN(ElementType element, readType(word));
  size_t rank = static_cast<size_t>(word[3]);
  if (rank == 0 || rank > maxIdxRank)
    return fail(StatusCode::invalidFile, "idx rank ", rank, "; 1 to ", maxIdxRank, " wanted");
  std::vector<int64_t> shape;
  for (size_t i = 0; i < rank; ++i) {
    VAE_RETURN_IF_ERROR(source.read(word));
    shape.push_back(bigEndian(word));
  }
  std::optional<uint64_t> size = checkedByteSize(shape, elementSize(element));
  if (!size || *size > source.limit())
    return fail(StatusCode::invalidFile, "the header promises ", elementName(element), shapeText(shape),
                ", more than the file holds");
  VAE_ASSIGN_OR_RETURN(HostTensor tensor, HostTensor::create(element, std::move(shape)));
  VAE_RETURN_IF_ERROR(source.read(tensor.bytes()));
  VAE_RETURN_IF_ERROR(source.finish());
  reverseBytes(tensor.bytes(), static_cast<size_t>(elementSize(element)));
  return tensor;
}

/// The whole file before compression.
Result<std::vector<std::byte>> encode(const HostTensor &tensor) {
  auto row = std::find_if(std::begin(idxTypes), std::end(idxTypes),
                          [&](const IdxType &r) { return r.element == tensor.element(); });
  if (row == std::end(idxTypes) || tensor.shape().empty() || tensor.shape().size() > maxIdxRank)
    return fail(StatusCode::unsupported, "idx cannot hold ", elementName(tensor.element()), shapeText(tensor.shape()));
  std::vector<std::byte> bytes = {std::byte{0}, std::byte{0}, std::byte{row->code},
                                  static_cast<std::byte>(tensor.shape().size())};
  for (int64_t size : tensor.shape()) {
    std::optional<uint32_t> word = checkedNarrow<uint32_t>(size);
    if (!word)
      return fail(StatusCode::unsupported, "idx cannot hold the size ", size);
    for (int shift = 24; shift >= 0; shift -= 8)
      bytes.push_back(static_cast<std::byte>(*word >> shift));
  }
  size_t start = bytes.size();
  bytes.insert(bytes.end(), tensor.bytes().begin(), tensor.bytes().end());
  reverseBytes(std::span(bytes).subspan(start), static_cast<size_t>(elementSize(tensor.element())));
  return bytes;
}

Result<std::vector<std::byte>> gzip(std::span<const std::byte> bytes) {
  std::optional<uInt> length = checkedNarrow<uInt>(bytes.size());
  z_stream stream{};
  if (!length || deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return fail(StatusCode::unsupported, "cannot gzip ", bytes.size(), " bytes");
  std::vector<std::byte> packed(deflateBound(&stream, *length));
  stream.next_in = const_cast<Bytef *>(reinterpret_cast<const Bytef *>(bytes.data()));
  stream.avail_in = *length;
  stream.next_out = reinterpret_cast<Bytef *>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  int code = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END)
    return fail(StatusCode::internal, "cannot gzip ", bytes.size(), " bytes");
  return packed;
}

} // namespace

Result<HostTensor> parseIdx(std::span<const std::byte> bytes, const std::string &path) {
  bool packed = bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
  PlainSource plain(bytes);
  GzipSource unpacked(bytes);
  Result<HostTensor> tensor = parse(packed ? static_cast<Source &>(unpacked) : plain);
  if (!tensor.ok())
    return tensor.status().withContext(path);
  return tensor;
}

Result<HostTensor> readIdx(const std::string &path) {
  return readMapped(path, [&](std::span<const std::byte> bytes) { return parseIdx(bytes, path); });
}

Status writeIdx(const std::string &path, const HostTensor &tensor) {
  Result<std::vector<std::byte>> bytes = encode(tensor);
  if (bytes.ok() && path.ends_with(".gz"))
    bytes = gzip(*bytes);
  if (!bytes.ok())
    return bytes.status().withContext(path);
  return writeFile(path, *bytes);
}

} // namespace vae::runtime
