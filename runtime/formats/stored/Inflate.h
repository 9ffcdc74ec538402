// Deflated bytes, unpacked.
#ifndef VAE_RUNTIME_FORMATS_STORED_INFLATE_H
#define VAE_RUNTIME_FORMATS_STORED_INFLATE_H

#include "runtime/base/Status.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <zlib.h>

namespace vae::runtime {

/// What deflate can gain at most; a header that promises more than this is lying.
constexpr uint64_t maxInflation = 1040;

/// How a deflated stream is wrapped.
enum class Wrapping { gzip, none };

/// Reads a stream one piece after the other; of gzip, several behind each other, and their checksums are verified.
class Inflater {
public:
  Inflater(std::span<const std::byte> packed, Wrapping wrapping);
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater &) = delete;
  Inflater &operator=(const Inflater &) = delete;

  /// Fills `out`; invalidFile where the stream ends before, or is damaged.
  Status read(std::span<std::byte> out);
  /// Success where nothing is left.
  Status finish();
  /// An upper bound of the bytes of the whole.
  uint64_t limit() const;

private:
  Result<size_t> inflateSome(std::span<std::byte> out);
  Status judge(int code, size_t given, size_t room);
  const char *streamName() const { return wrapping == Wrapping::gzip ? "gzip" : "deflated"; }

  std::span<const std::byte> bytes;
  uint64_t total;
  Wrapping wrapping;
  z_stream stream{};
  bool ready = false;
  bool ended = false;
};

} // namespace vae::runtime

#endif // VAE_RUNTIME_FORMATS_STORED_INFLATE_H
