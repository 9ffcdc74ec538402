// Objects to one shared object, with lld in this process.
#include "backends/cpu/Linker.h"
#include "lld/Common/Driver.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"
#include <mutex>
#include <sys/mman.h>
#include <unistd.h>

LLD_HAS_DRIVER(elf)

using namespace llvm;

static std::mutex linkerLock; // lld keeps its state in globals

/// A file without a name that holds these bytes; -1 where the system gives none.
static int openMemoryFile(StringRef bytes) {
  int file = memfd_create("kernel", MFD_CLOEXEC);
  if (file < 0)
    return -1;
  raw_fd_ostream stream(file, /*shouldClose=*/false);
  stream << bytes;
  stream.flush();
  bool failed = stream.has_error();
  stream.clear_error();
  if (!failed)
    return file;
  close(file);
  return -1;
}

static Error runLinker(ArrayRef<std::string> inputs, StringRef output) {
  // Names are kept as given; kernels see only what they define and the C library of the process that loads them.
  std::vector<const char *> arguments = {"ld.lld",           "-shared",     "-z", "now", "--build-id=none",
                                         "--hash-style=gnu", "--threads=1", "-s", "-o"};
  std::string path = output.str();
  arguments.push_back(path.c_str());
  for (const std::string &input : inputs)
    arguments.push_back(input.c_str());
  std::string messages;
  raw_string_ostream stream(messages);
  lld::Result result = lld::lldMain(arguments, stream, stream, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode != 0)
    return createStringError("the linker fails: %s", StringRef(messages).trim().str().c_str());
  return Error::success();
}

Expected<std::vector<char>> vae::cpu::linkShared(ArrayRef<StringRef> objects) {
  std::lock_guard<std::mutex> lock(linkerLock);
  std::vector<int> files;
  auto closeFiles = llvm::scope_exit([&] {
    for (int file : files)
      close(file);
  });
  std::vector<std::string> inputs;
  for (StringRef object : objects) {
    int file = openMemoryFile(object);
    if (file < 0)
      return createStringError("no memory for an object of %zu bytes", object.size());
    files.push_back(file);
    inputs.push_back("/proc/self/fd/" + std::to_string(file));
  }
  SmallString<128> output;
  // lld replaces its output by renaming, so the output needs a name for a moment.
  if (std::error_code error = sys::fs::createTemporaryFile("vae-kernels", "so", output))
    return createStringError(error, "cannot make a temporary file");
  sys::RemoveFileOnSignal(output);
  auto removeOutput = llvm::scope_exit([&] {
    (void)sys::fs::remove(output);
    sys::DontRemoveFileOnSignal(output);
  });
  if (Error error = runLinker(inputs, output))
    return error;
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer =
      MemoryBuffer::getFile(output, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return createStringError(buffer.getError(), "cannot read the linker's output");
  StringRef bytes = (*buffer)->getBuffer();
  return std::vector<char>(bytes.begin(), bytes.end());
}
