// Enumerations that are written down twice are compared here, enumerator by enumerator, when the code is compiled.
#ifndef VAE_RUNTIME_ABI_NUMBERING_H
#define VAE_RUNTIME_ABI_NUMBERING_H

namespace vae::abi {

/// Enumerators of one enumeration, in the order of their numbers.
template <auto... ours> struct Enumerators {
  /// Whether these of another have the same numbers.
  template <auto... theirs> static constexpr bool agreeWith() {
    static_assert(sizeof...(ours) == sizeof...(theirs), "both must list as many");
    return ((static_cast<int>(ours) == static_cast<int>(theirs)) && ...);
  }
  /// Whether they are all numbers from 0 to `last`.
  static constexpr bool countTo(int last) {
    constexpr int numbers[] = {static_cast<int>(ours)...};
    int expected = 0;
    for (int number : numbers)
      if (number != expected++)
        return false;
    return expected == last + 1;
  }
};

} // namespace vae::abi

#endif // VAE_RUNTIME_ABI_NUMBERING_H
