// Vectors and texts of a FlatBuffer that may be missing or misaligned.
#ifndef VAE_RUNTIME_PACKAGE_ELEMENTS_H
#define VAE_RUNTIME_PACKAGE_ELEMENTS_H

#include <cstddef>
#include <cstdint>
#include <flatbuffers/flatbuffers.h>
#include <string>

namespace vae::runtime {

/// The elements of an optional FlatBuffers vector; none where it is missing.
template <typename T> class Elements {
public:
  using Iterator = flatbuffers::Vector<T>::const_iterator;
  explicit Elements(const flatbuffers::Vector<T> *vector) : vector(vector) {}
  Iterator begin() const { return vector ? vector->begin() : Iterator(); }
  Iterator end() const { return vector ? vector->end() : Iterator(); }

private:
  const flatbuffers::Vector<T> *vector;
};
template <typename T> Elements<T> elements(const flatbuffers::Vector<T> *vector) { return Elements<T>(vector); }

/// FlatBuffers' verifier checks where a vector's length lies, but not where elements wider than that do.
template <typename T> bool isAligned(const flatbuffers::Vector<T> *vector, size_t alignment) {
  return !vector || reinterpret_cast<uintptr_t>(vector->Data()) % alignment == 0;
}

/// The text; empty where it is missing.
inline std::string readText(const flatbuffers::String *from) { return from ? from->str() : std::string(); }

} // namespace vae::runtime

#endif // VAE_RUNTIME_PACKAGE_ELEMENTS_H
