// Bytes as zlib packs them.
#ifndef VAE_TESTS_RUNTIME_DEFLATED_H
#define VAE_TESTS_RUNTIME_DEFLATED_H

#include "tests/catch.h"

#include <string>
#include <zlib.h>

namespace vae::test {

/// One stream, of at most 1000 bytes. `windowBits` as zlib has them: -15 is a raw stream, 15 + 16 one of gzip.
inline std::string deflated(std::string text, int windowBits) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(1000, '\0');
  stream.next_in = reinterpret_cast<Bytef *>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef *>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

} // namespace vae::test

#endif // VAE_TESTS_RUNTIME_DEFLATED_H
