// Inflating with zlib.
#include "runtime/formats/stored/Inflate.h"
#include "runtime/base/Checked.h"

#include <algorithm>

namespace vae::runtime {

Inflater::Inflater(std::span<const std::byte> packed, Wrapping wrapping)
    : bytes(packed), total(packed.size()), wrapping(wrapping) {
  // zlib's own numbers: 16 more than the window's bits for a gzip header, its checksum verified; below 0 for none.
  ready = inflateInit2(&stream, wrapping == Wrapping::gzip ? 15 + 16 : -15) == Z_OK;
}

Status Inflater::read(std::span<std::byte> out) {
  VAE_ASSIGN_OR_RETURN(size_t count, inflateSome(out));
  if (count < out.size())
    return invalidFile("the ", streamName(), " stream ends ", out.size() - count, " bytes early");
  return {};
}

Status Inflater::finish() {
  std::byte extra;
  VAE_ASSIGN_OR_RETURN(size_t count, inflateSome({&extra, 1}));
  if (count != 0)
    return invalidFile("more bytes follow the data");
  return {};
}

uint64_t Inflater::limit() const {
  return checkedMul<uint64_t>(total, maxInflation).value_or(std::numeric_limits<uint64_t>::max());
}

/// Fills as much of `out` as the stream has; fewer bytes only at its proper end.
Result<size_t> Inflater::inflateSome(std::span<std::byte> out) {
  if (!ready)
    return fail(StatusCode::outOfMemory, "cannot start to read deflated bytes");
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

Status Inflater::judge(int code, size_t given, size_t room) {
  if (code == Z_STREAM_END) {
    // A gzip file may be several streams, one behind the other.
    ended = bytes.empty() || wrapping == Wrapping::none;
    if (!ended && inflateReset(&stream) != Z_OK)
      return fail(StatusCode::internal, "cannot restart gzip");
    return {};
  }
  bool stuck = stream.avail_in == given && stream.avail_out == room;
  if (code == Z_BUF_ERROR || (code == Z_OK && stuck))
    return invalidFile("the ", streamName(), " stream is cut short at byte ", total);
  if (code == Z_MEM_ERROR)
    return fail(StatusCode::outOfMemory, "not enough memory to read gzip");
  if (code != Z_OK)
    return invalidFile("damaged ", streamName(), " stream near byte ", total - bytes.size(), ": ",
                       stream.msg ? stream.msg : "unknown error");
  return {};
}

} // namespace vae::runtime
