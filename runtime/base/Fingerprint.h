// A number that tells contents apart.
#ifndef VAE_RUNTIME_BASE_FINGERPRINT_H
#define VAE_RUNTIME_BASE_FINGERPRINT_H

#include <cstddef>
#include <cstdint>
#include <span>

namespace vae::runtime {

/// The 64-bit FNV-1a of bytes, or of bytes that follow others: not for contents that somebody wants to be alike.
constexpr uint64_t emptyFingerprint = 0xcbf29ce484222325;
inline uint64_t fingerprint(std::span<const std::byte> bytes, uint64_t before = emptyFingerprint) {
  for (std::byte byte : bytes)
    before = (before ^ static_cast<uint64_t>(byte)) * 0x100000001b3;
  return before;
}

} // namespace vae::runtime

#endif // VAE_RUNTIME_BASE_FINGERPRINT_H
