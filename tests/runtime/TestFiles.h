// A scratch folder for tests that write files, and helpers to look into them.
#ifndef VAE_TESTS_RUNTIME_TESTFILES_H
#define VAE_TESTS_RUNTIME_TESTFILES_H

#include "runtime/base/Status.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <unistd.h>
#include <vector>

namespace vae::test {

/// A fresh folder that disappears with this object.
class ScratchFolder {
public:
  ScratchFolder() {
    static int counter = 0;
    folder = std::filesystem::temp_directory_path() /
             ("vae-test-" + std::to_string(::getpid()) + "-" + std::to_string(counter++));
    std::filesystem::create_directory(folder);
  }
  ~ScratchFolder() { std::filesystem::remove_all(folder); }
  ScratchFolder(const ScratchFolder &) = delete;
  ScratchFolder &operator=(const ScratchFolder &) = delete;

  std::string path(const std::string &name) const { return (folder / name).string(); }
  /// Names of everything inside.
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto &entry : std::filesystem::directory_iterator(folder))
      found.push_back(entry.path().filename().string());
    return found;
  }

private:
  std::filesystem::path folder;
};

inline std::string slurp(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline void spill(const std::string &path, const std::string &text) { std::ofstream(path, std::ios::binary) << text; }

inline std::span<const std::byte> bytesOf(const std::string &text) { return std::as_bytes(std::span(text)); }

/// Whether the outcome is an error whose message holds `text`; the message, for the test's output, in `message`.
inline bool failsWith(const runtime::Status &status, const std::string &text, std::string &message) {
  message = status.message();
  return !status.ok() && status.message().find(text) != std::string::npos;
}

} // namespace vae::test

/// Requires that `result` (a Status or a Result) is an error whose message holds `text`.
#define REQUIRE_ERROR(result, text)                                                                                    \
  do {                                                                                                                 \
    std::string vaeMessage;                                                                                            \
    bool vaeFails = ::vae::test::failsWith(::vae::test::statusOf(result), text, vaeMessage);                           \
    INFO("message: " << vaeMessage);                                                                                   \
    REQUIRE(vaeFails);                                                                                                 \
  } while (false)

namespace vae::test {
inline runtime::Status statusOf(const runtime::Status &status) { return status; }
template <typename T> runtime::Status statusOf(const runtime::Result<T> &result) { return result.status(); }
} // namespace vae::test

#endif // VAE_TESTS_RUNTIME_TESTFILES_H
