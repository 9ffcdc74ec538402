// Compiles one kernel from text for one CPU target and runs it on buffers between guard pages.
#ifndef VAE_TESTS_BACKENDS_CPU_KERNELRUN_H
#define VAE_TESTS_BACKENDS_CPU_KERNELRUN_H

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace vae::test {

/// Memory that ends at an unreadable page, but for the bytes that the start's alignment of 64 leaves; those, and 64
/// bytes before it, hold a pattern.
class GuardedBytes {
public:
  explicit GuardedBytes(size_t bytes);
  GuardedBytes(GuardedBytes &&other) noexcept;
  ~GuardedBytes();
  void *data() const { return start; }
  size_t size() const { return bytes; }
  /// Whether nothing was written around it.
  bool intact() const;

private:
  uint8_t *pages = nullptr, *start = nullptr;
  size_t mapped = 0, bytes = 0;
};

class KernelRun {
public:
  /// Compiles `text`, one `program.kernel`; null with a message in `error` where that fails.
  static std::unique_ptr<KernelRun> compile(const std::string &text, const std::string &target, std::string &error);
  virtual ~KernelRun() = default;
  virtual const std::string &strategy() const = 0;
  virtual int64_t blocks(const std::vector<int64_t> &sizes) const = 0;
  virtual uint64_t scratchBytes(const std::vector<int64_t> &sizes) const = 0;
  /// Runs all blocks on the buffers, in `parts` calls, the last blocks first.
  virtual void run(const std::vector<void *> &buffers, const std::vector<int64_t> &sizes, int parts,
                   void *scratch) const = 0;
};

/// Text of a stage (`llvm` or `asm`) of a kernel; empty with a message in `error` where that fails.
std::string printStage(const std::string &text, const std::string &target, bool assembly, std::string &error);

/// The CPU targets that this machine runs.
std::vector<std::string> runnableTargets();

/// The buffers of one call. Data is copied in, each result is filled with a pattern first.
class Call {
public:
  Call(const KernelRun &kernel, std::vector<int64_t> sizes) : kernel(kernel), sizes(std::move(sizes)) {}
  template <typename T> void input(const std::vector<T> &values) {
    memories.emplace_back(values.size() * sizeof(T));
    std::memcpy(memories.back().data(), values.data(), values.size() * sizeof(T));
    initial.emplace_back(values.size() * sizeof(T));
    std::memcpy(initial.back().data(), values.data(), values.size() * sizeof(T));
  }
  template <typename T> void result(size_t count) { input(std::vector<T>(count, T(77))); }
  /// Runs whole and in parts: fails (false, with a message) where the bytes differ or memory around a buffer was
  /// written.
  bool run(std::string &error);
  template <typename T> std::vector<T> get(size_t buffer) const {
    std::vector<T> values(memories[buffer].size() / sizeof(T));
    std::memcpy(values.data(), memories[buffer].data(), memories[buffer].size());
    return values;
  }

private:
  bool runOnce(int parts, std::string &error);
  const KernelRun &kernel;
  std::vector<int64_t> sizes;
  std::vector<GuardedBytes> memories;
  std::vector<std::vector<uint8_t>> initial;
};

} // namespace vae::test

#endif // VAE_TESTS_BACKENDS_CPU_KERNELRUN_H
