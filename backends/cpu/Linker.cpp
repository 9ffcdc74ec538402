// Objects to one shared object, with lld in this process.
#include "backends/cpu/Linker.h"
#include "lld/Common/Driver.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"
#include <csignal>
#include <mutex>
#include <sys/mman.h>
#include <unistd.h>

LLD_HAS_DRIVER(elf)

using namespace llvm;

static std::mutex linkerLock; // lld keeps its state in globals

namespace {
/// While it lives, a file that grows past the process's limit is an error of the write and not the end of the process.
class LimitIsError {
public:
  LimitIsError() {
    struct sigaction ignore = {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGXFSZ, &ignore, &previous);
  }
  ~LimitIsError() { sigaction(SIGXFSZ, &previous, nullptr); }

private:
  struct sigaction previous;
};
} // namespace

/// A file without a name that holds these bytes.
static Expected<int> openMemoryFile(StringRef bytes) {
  int file = memfd_create("kernel", MFD_CLOEXEC);
  if (file < 0)
    return createStringError(std::error_code(errno, std::generic_category()), "cannot make a file in memory");
  raw_fd_ostream stream(file, /*shouldClose=*/false);
  stream << bytes;
  stream.flush();
  std::error_code error = stream.error();
  stream.clear_error();
  if (!error)
    return file;
  close(file);
  return createStringError(error, "cannot keep an object of %zu bytes: %s", bytes.size(), error.message().c_str());
}

static Error runLinker(ArrayRef<std::string> inputs, StringRef output) {
  // Names are kept as given; kernels see only what they define and the C library of the process that loads them.
  std::vector<const char *> arguments = {"ld.lld",
                                         "-shared",
                                         "-z",
                                         "now",
                                         "--build-id=none",
                                         "--hash-style=gnu",
                                         "--threads=1",
                                         "-s",
                                         "--no-mmap-output-file",
                                         "-o"};
  std::string path = output.str();
  arguments.push_back(path.c_str());
  for (const std::string &input : inputs)
    arguments.push_back(input.c_str());
  std::string messages;
  raw_string_ostream stream(messages);
  lld::Result result = lld::lldMain(arguments, stream, stream, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode == 0)
    return Error::success();
  StringRef first = StringRef(messages).trim().split('\n').first;
  first.consume_front("ld.lld: error: ");
  return createStringError("cannot link: %s", first.str().c_str());
}

Expected<std::vector<char>> vae::cpu::linkShared(ArrayRef<StringRef> objects) {
  std::lock_guard<std::mutex> lock(linkerLock);
  SmallString<128> output;
  // lld replaces its output by renaming, so the output needs a name for a moment.
  if (std::error_code error = sys::fs::createTemporaryFile("vae-kernels", "so", output))
    return createStringError(error, "cannot make a temporary file: %s", error.message().c_str());
  sys::RemoveFileOnSignal(output);
  auto removeOutput = llvm::scope_exit([&] {
    (void)sys::fs::remove(output);
    sys::DontRemoveFileOnSignal(output);
  });
  LimitIsError limit;
  std::vector<int> files;
  auto closeFiles = llvm::scope_exit([&] {
    for (int file : files)
      close(file);
  });
  std::vector<std::string> inputs;
  for (StringRef object : objects) {
    Expected<int> file = openMemoryFile(object);
    if (!file)
      return file.takeError();
    files.push_back(*file);
    inputs.push_back("/proc/self/fd/" + std::to_string(*file));
  }
  if (Error error = runLinker(inputs, output))
    return error;
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer =
      MemoryBuffer::getFile(output, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return createStringError(buffer.getError(), "cannot read the linker's output: %s",
                             buffer.getError().message().c_str());
  StringRef bytes = (*buffer)->getBuffer();
  return std::vector<char>(bytes.begin(), bytes.end());
}
