// IDX: two zero bytes, a type, a rank, big-endian sizes, big-endian data.
#include "runtime/formats/Idx.h"
#include "runtime/base/AtomicFile.h"
#include "runtime/base/Checked.h"
#include "runtime/formats/stored/Inflate.h"

#include <algorithm>

namespace vae::runtime {
namespace {

struct IdxType {
  uint8_t code;
  StoredType stored;
};
constexpr IdxType idxTypes[] = {{0x08, {NumberKind::unsignedInteger, 1, true}},
                                {0x09, {NumberKind::signedInteger, 1, true}},
                                {0x0b, {NumberKind::signedInteger, 2, true}},
                                {0x0c, {NumberKind::signedInteger, 4, true}},
                                {0x0d, {NumberKind::real, 4, true}},
                                {0x0e, {NumberKind::real, 8, true}}};
constexpr size_t maxIdxRank = 8;

uint32_t bigEndian(std::span<const std::byte, 4> bytes) {
  uint32_t value = 0;
  for (std::byte b : bytes)
    value = value << 8 | static_cast<uint32_t>(b);
  return value;
}

Result<StoredType> readType(std::span<const std::byte, 4> magic) {
  if (magic[0] != std::byte{0} || magic[1] != std::byte{0})
    return invalidFile("not an idx file (of compressed files only idx is read; gunzip others first)");
  uint8_t code = static_cast<uint8_t>(magic[2]);
  for (const IdxType &row : idxTypes)
    if (row.code == code)
      return row.stored;
  return fail(StatusCode::unsupported, "idx element type ", code,
              "; 8 (u8), 9 (i8), 11 (i16), 12 (i32), 13 (f32) or 14 (f64) wanted");
}

struct IdxHeader {
  StoredType type;
  std::vector<int64_t> shape;
  uint64_t dataBytes = 0;
};

/// Reads the header with `read`, which fills a span with the bytes that follow.
template <typename Read> Result<IdxHeader> readIdxHeader(Read read) {
  std::array<std::byte, 4> word;
  VAE_RETURN_IF_ERROR(read(word));
  IdxHeader header;
  VAE_ASSIGN_OR_RETURN(header.type, readType(word));
  size_t rank = static_cast<size_t>(word[3]);
  if (rank == 0 || rank > maxIdxRank)
    return invalidFile("idx rank ", rank, "; 1 to ", maxIdxRank, " wanted");
  for (size_t i = 0; i < rank; ++i) {
    VAE_RETURN_IF_ERROR(read(word));
    header.shape.push_back(bigEndian(word));
  }
  std::optional<uint64_t> size = checkedByteSize(header.shape, header.type.width);
  if (!size)
    return invalidFile("the shape ", shapeText(header.shape), " is out of range");
  header.dataBytes = *size;
  return header;
}

Result<StoredTensor> openPlain(const ByteRange &file) {
  uint64_t place = 0;
  VAE_ASSIGN_OR_RETURN(IdxHeader header, readIdxHeader([&](std::span<std::byte> out) {
                         return file.read(std::exchange(place, place + out.size()), out);
                       }));
  VAE_ASSIGN_OR_RETURN(ByteRange data, file.part(place, file.size() - place));
  return makeStored(header.type, std::move(header.shape), std::move(data));
}

Result<StoredTensor> openPacked(const ByteRange &file) {
  VAE_ASSIGN_OR_RETURN(HostBuffer packed, file.load());
  Inflater inflater(packed.bytes(), Wrapping::gzip);
  VAE_ASSIGN_OR_RETURN(IdxHeader header, readIdxHeader([&](std::span<std::byte> out) { return inflater.read(out); }));
  if (header.dataBytes > inflater.limit())
    return invalidFile("the header promises ", storedName(header.type), shapeText(header.shape),
                       ", more than the file holds");
  VAE_ASSIGN_OR_RETURN(HostBuffer data, HostBuffer::allocate(header.dataBytes));
  VAE_RETURN_IF_ERROR(inflater.read(data.bytes()));
  VAE_RETURN_IF_ERROR(inflater.finish());
  return makeStored(header.type, std::move(header.shape), ByteRange::own(std::move(data)));
}

/// The whole file before compression.
Result<std::vector<std::byte>> encode(const HostTensor &tensor) {
  StoredType type = storedTypeOf(tensor.element());
  type.bigEndian = true;
  auto row = std::find_if(std::begin(idxTypes), std::end(idxTypes), [&](const IdxType &r) { return r.stored == type; });
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
  bytes.resize(start + tensor.bytes().size());
  // Turning bytes around is its own inverse.
  convertElements(tensor.bytes(), type, tensor.element(), std::span(bytes).subspan(start));
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

Result<StoredTensor> openIdx(const ByteRange &file) {
  VAE_ASSIGN_OR_RETURN(std::vector<std::byte> start, file.head(2));
  bool packed = start.size() == 2 && start[0] == std::byte{0x1f} && start[1] == std::byte{0x8b};
  return packed ? openPacked(file) : openPlain(file);
}

static Result<HostTensor> loadIdx(const ByteRange &file, const std::string &path) {
  Result<StoredTensor> stored = openIdx(file);
  Result<HostTensor> tensor = stored.ok() ? loadTensor(*stored) : stored.status();
  return tensor.ok() ? std::move(tensor) : tensor.status().withContext(path);
}

Result<HostTensor> parseIdx(std::span<const std::byte> bytes, const std::string &path) {
  return loadIdx(ByteRange::view(bytes), path);
}

Result<HostTensor> readIdx(const std::string &path) {
  VAE_ASSIGN_OR_RETURN(ByteRange file, ByteRange::open(path));
  return loadIdx(file, path);
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
