// Files: whole or not at all, whichever system call fails.
#include "runtime/base/AppendFile.h"
#include "runtime/base/AtomicFile.h"
#include "runtime/base/File.h"
#include "runtime/base/FileIdentity.h"
#include "runtime/base/FileLock.h"
#include "tests/catch.h"
#include "tests/runtime/TestFiles.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <thread>

using namespace vae::runtime;
using namespace vae::test;

TEST_CASE("what is written is read back, mapped and streamed", "[file]") {
  ScratchFolder folder;
  std::string text(300'000, 'x');
  text[299'999] = 'y';
  REQUIRE(writeFile(folder.path("a"), text).ok());
  auto mapped = MappedFile::open(folder.path("a"));
  REQUIRE(mapped.ok());
  REQUIRE(std::equal(mapped->bytes().begin(), mapped->bytes().end(), bytesOf(text).begin(), bytesOf(text).end()));
  REQUIRE(mapped->check().ok());
}

TEST_CASE("a file that is cut short while it is mapped reads as zeros, and is told", "[file]") {
  ScratchFolder folder;
  const size_t size = size_t{1} << 20;
  auto lastByte = [](std::span<const std::byte> bytes) { return Result(bytes[bytes.size() - 1]); };
  spill(folder.path("a"), std::string(size, 'x'));
  REQUIRE(*readMapped(folder.path("a"), lastByte) == std::byte{'x'});
  for (size_t left : {size_t{0}, size_t{5000}, size - 1}) {
    INFO(left << " bytes left");
    spill(folder.path("a"), std::string(size, 'x'));
    auto cutFirst = [&](std::span<const std::byte> bytes) {
      std::filesystem::resize_file(folder.path("a"), left);
      REQUIRE(bytes[size - 1] == std::byte{0});
      REQUIRE((left == 0 || bytes[0] == std::byte{'x'}));
      return lastByte(bytes);
    };
    REQUIRE_ERROR(readMapped(folder.path("a"), cutFirst), "a': it was cut short while it was read");
  }
}

TEST_CASE("a file that is cut and grows again is told, too", "[file]") {
  ScratchFolder folder;
  spill(folder.path("a"), std::string(100'000, 'x'));
  auto mapped = MappedFile::open(folder.path("a"));
  REQUIRE(mapped.ok());
  std::filesystem::resize_file(folder.path("a"), 1);
  REQUIRE(mapped->bytes()[50'000] == std::byte{0});
  std::filesystem::resize_file(folder.path("a"), 100'000);
  REQUIRE_ERROR(mapped->check(), "cut short");
}

TEST_CASE("a pipe is written to where somebody reads it, and else not waited for", "[file]") {
  ScratchFolder folder;
  const std::string path = folder.path("pipe");
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  REQUIRE_ERROR(AtomicFile::create(path), "a pipe that nobody reads");
  REQUIRE_ERROR(AppendFile::open(path, 0), "a pipe that nobody reads");
  int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  REQUIRE(reader >= 0);
  // More than a pipe holds at once: writing waits for the reader.
  const std::string content(size_t{1} << 18, 'x');
  std::string received;
  std::thread drain([&] {
    char piece[4096];
    while (received.size() < content.size())
      if (ssize_t count = ::read(reader, piece, sizeof piece); count > 0)
        received.append(piece, static_cast<size_t>(count));
  });
  Status written = writeFile(path, content);
  drain.join();
  ::close(reader);
  REQUIRE((written.ok() && received == content));
  struct stat info;
  REQUIRE((::stat(path.c_str(), &info) == 0 && S_ISFIFO(info.st_mode)));
}

TEST_CASE("pipes, devices and folders are not waited for", "[file]") {
  ScratchFolder folder;
  REQUIRE(::mkfifo(folder.path("pipe").c_str(), 0600) == 0);
  for (const std::string &path : {folder.path("pipe"), folder.path("."), std::string("/dev/zero")})
    REQUIRE_ERROR(MappedFile::open(path), "not a regular file");
}

TEST_CASE("an empty file maps to no bytes; a missing file does not map", "[file]") {
  ScratchFolder folder;
  REQUIRE(writeFile(folder.path("empty"), std::string_view()).ok());
  auto mapped = MappedFile::open(folder.path("empty"));
  REQUIRE(mapped.ok());
  REQUIRE(mapped->bytes().empty());
  auto missing = MappedFile::open(folder.path("missing"));
  REQUIRE_ERROR(missing, "No such file");
  REQUIRE(missing.status().code() == StatusCode::notFound);
}

TEST_CASE("a mapped file says so when it was written to, and forgets what was read", "[file]") {
  ScratchFolder folder;
  std::string text(300'000, 'x');
  REQUIRE(writeFile(folder.path("a"), text).ok());
  MappedFile mapped = MappedFile::open(folder.path("a")).take();
  for (int round = 0; round < 2; ++round) {
    REQUIRE(std::equal(mapped.bytes().begin(), mapped.bytes().end(), bytesOf(text).begin()));
    mapped.forget(mapped.bytes().subspan(5000, 200'000));
  }
  REQUIRE(writeFile(folder.path("a"), "another file of this name").ok());
  REQUIRE(mapped.checkUnwritten().ok());
  MappedFile second = MappedFile::open(folder.path("a")).take();
  std::filesystem::last_write_time(folder.path("a"),
                                   std::filesystem::file_time_type::clock::now() + std::chrono::seconds(9));
  REQUIRE(second.check().ok());
  REQUIRE_ERROR(second.checkUnwritten(), "a': it was written to since it was opened");
}

TEST_CASE("whichever call of a write fails, the old file stays and nothing lies beside it", "[file]") {
  ScratchFolder folder;
  REQUIRE(writeFile(folder.path("a"), "old").ok());
  uint64_t failures = 0;
  for (uint64_t nth = 1;; ++nth) {
    INFO("call " << nth);
    FileFault fault(nth, ENOSPC);
    Status status = writeFile(folder.path("a"), "new");
    if (!fault.fired()) {
      REQUIRE(status.ok());
      break;
    }
    ++failures;
    REQUIRE_ERROR(status, "No space left");
    REQUIRE(folder.names() == std::vector<std::string>{"a"});
    std::string now = slurp(folder.path("a"));
    REQUIRE((now == "old" || now == "new"));
    spill(folder.path("a"), "old");
  }
  // open, write, sync, give it a name, rename, open the folder, sync it
  REQUIRE(failures == 7);
  REQUIRE(slurp(folder.path("a")) == "new");
}

TEST_CASE("a failed rename keeps the old content", "[file]") {
  ScratchFolder folder;
  REQUIRE(writeFile(folder.path("a"), "old").ok());
  for (FileCall call : {FileCall::write, FileCall::sync, FileCall::link, FileCall::rename}) {
    FileFault fault(call, 1, EIO);
    REQUIRE_ERROR(writeFile(folder.path("a"), "new"), "Input/output error");
    REQUIRE(slurp(folder.path("a")) == "old");
  }
}

TEST_CASE("short writes and interruptions are continued", "[file]") {
  ScratchFolder folder;
  std::string text(1000, 'z');
  {
    FileFault half(FileCall::write, 1, 0);
    REQUIRE(writeFile(folder.path("a"), text).ok());
    REQUIRE(half.fired());
  }
  REQUIRE(slurp(folder.path("a")) == text);
}

TEST_CASE("a file dropped without commit leaves nothing", "[file]") {
  ScratchFolder folder;
  {
    auto file = AtomicFile::create(folder.path("a"));
    REQUIRE(file.ok());
    REQUIRE(file->write("half").ok());
    REQUIRE(folder.names().empty());
    REQUIRE(file->settle().ok());
    REQUIRE(folder.names().size() == 1);
  }
  REQUIRE(folder.names().empty());
}

TEST_CASE("without files that have no name, a named one is as good", "[file]") {
  ScratchFolder folder;
  spill(folder.path("a"), "old");
  for (int error : {EOPNOTSUPP, EISDIR}) {
    FileFault fault(FileCall::open, 1, error);
    auto file = AtomicFile::create(folder.path("a"));
    REQUIRE(fault.fired());
    REQUIRE(file.ok());
    REQUIRE(folder.names().size() == 2);
    REQUIRE(file->write("new").ok());
    REQUIRE(slurp(folder.path("a")) == "old");
    REQUIRE(file->commit().ok());
    REQUIRE(slurp(folder.path("a")) == "new");
    REQUIRE(folder.names() == std::vector<std::string>{"a"});
    spill(folder.path("a"), "old");
  }
}

/// What a process that was killed between two calls leaves: the file under its temporary name.
static void leaveStale(const ScratchFolder &folder, const std::string &name) {
  auto file = AtomicFile::create(folder.path(name));
  REQUIRE((file.ok() && file->write("stale").ok() && file->settle().ok()));
  const std::vector<std::string> names = folder.names();
  auto temporary = std::find_if(names.begin(), names.end(), [](const std::string &n) { return n.starts_with("."); });
  REQUIRE(temporary != names.end());
  std::filesystem::copy_file(folder.path(*temporary), folder.path("kept"));
  const std::string stale = folder.path(*temporary);
  {
    auto dropped = std::move(*file);
  }
  std::filesystem::rename(folder.path("kept"), stale);
}

TEST_CASE("what a killed process left under a temporary name is removed", "[file]") {
  ScratchFolder folder;
  leaveStale(folder, "a");
  REQUIRE(folder.names().size() == 1);
  REQUIRE(writeFile(folder.path("a"), "new").ok());
  REQUIRE(folder.names() == std::vector<std::string>{"a"});
  REQUIRE(slurp(folder.path("a")) == "new");
  leaveStale(folder, "a");
  FileFault unnamed(FileCall::open, 1, EOPNOTSUPP);
  REQUIRE(writeFile(folder.path("a"), "newer").ok());
  REQUIRE(folder.names() == std::vector<std::string>{"a"});
  REQUIRE(slurp(folder.path("a")) == "newer");
}

TEST_CASE("a name as long as names may be is written", "[file]") {
  ScratchFolder folder;
  std::string name(255, 'n');
  REQUIRE(writeFile(folder.path(name), "x").ok());
  REQUIRE(slurp(folder.path(name)) == "x");
}

TEST_CASE("mode and links of what is replaced are kept", "[file]") {
  using std::filesystem::perms;
  ScratchFolder folder, elsewhere;
  spill(folder.path("a"), "old");
  std::filesystem::permissions(folder.path("a"), perms::owner_all | perms::group_read);
  REQUIRE(writeFile(folder.path("a"), "new").ok());
  REQUIRE(std::filesystem::status(folder.path("a")).permissions() == (perms::owner_all | perms::group_read));
  for (const std::string &target : {elsewhere.path("b"), std::string("c"), folder.path("a")}) {
    std::filesystem::create_symlink(target, folder.path("link"));
    REQUIRE(writeFile(folder.path("link"), "through").ok());
    REQUIRE(std::filesystem::is_symlink(folder.path("link")));
    REQUIRE(slurp(folder.path("link")) == "through");
    std::filesystem::remove(folder.path("link"));
  }
  REQUIRE(slurp(elsewhere.path("b")) == "through");
  REQUIRE(slurp(folder.path("c")) == "through");
}

TEST_CASE("outputs are told from inputs and from each other, however they are spelled", "[file]") {
  ScratchFolder folder;
  spill(folder.path("in"), "x");
  std::filesystem::create_hard_link(folder.path("in"), folder.path("hard"));
  std::filesystem::create_symlink("in", folder.path("soft"));
  std::filesystem::create_symlink("new", folder.path("loose"));
  std::filesystem::create_directory(folder.path("sub"));
  auto check = [&](std::vector<std::string> inputs, std::vector<std::string> outputs) {
    for (std::vector<std::string> *paths : {&inputs, &outputs})
      for (std::string &path : *paths)
        path = path.starts_with("/") ? path : folder.path(path);
    return checkDistinct(inputs, outputs);
  };
  REQUIRE(check({"in", "missing"}, {"new", "other", "sub/new"}).ok());
  REQUIRE(check({"/dev/null", "in"}, {"/dev/null", "/dev/null"}).ok());
  for (const char *same : {"in", "./in", "sub/../in", "hard", "soft"})
    REQUIRE_ERROR(check({"in"}, {same}), "would be written, but is an input");
  for (const char *same : {"new", "./new", "sub/../new", "loose"})
    REQUIRE_ERROR(check({"in"}, {"new", same}), "would be written twice");
  REQUIRE_ERROR(check({"sub"}, {"sub/picture.png"}), "whose pictures are an input");
  REQUIRE(check({"sub"}, {"sub/weights.safetensors"}).ok());
}

TEST_CASE("a file has one owner at a time", "[file]") {
  ScratchFolder folder;
  const std::string owner = "process " + std::to_string(::getpid());
  {
    auto lock = FileLock::take(folder.path("a"));
    REQUIRE(lock.ok());
    REQUIRE_ERROR(FileLock::take(folder.path("./a")), owner);
    REQUIRE(FileLock::take(folder.path("b")).ok());
    REQUIRE(FileLock::take("/dev/null").ok());
    REQUIRE(writeFile(folder.path("a"), "x").ok());
    REQUIRE_ERROR(FileLock::take(folder.path("a")), owner);
    const std::string name = folder.names().front().starts_with(".") ? folder.names().front() : folder.names().back();
    std::filesystem::copy_file(folder.path(name), folder.path("left"));
  }
  REQUIRE(FileLock::take(folder.path("a")).ok());
  auto log = AppendFile::open(folder.path("log"), 0);
  REQUIRE_ERROR(AppendFile::open(folder.path("log"), 0), "another process is writing it");
}

TEST_CASE("a full device is an error, a link stays a link, a folder is refused", "[file]") {
  ScratchFolder folder;
  REQUIRE_ERROR(writeFile("/dev/full", "x"), "No space left");
  REQUIRE(writeFile(folder.path("real"), "1").ok());
  std::filesystem::create_symlink(folder.path("real"), folder.path("link"));
  REQUIRE(writeFile(folder.path("link"), "2").ok());
  REQUIRE(std::filesystem::is_symlink(folder.path("link")));
  REQUIRE(slurp(folder.path("real")) == "2");
  REQUIRE_ERROR(writeFile(folder.path("."), "x"), "Is a directory");
  REQUIRE_ERROR(writeFile(folder.path("no/such/folder"), "x"), "No such file");
}

TEST_CASE("reading fails cleanly whichever call fails", "[file]") {
  ScratchFolder folder;
  REQUIRE(writeFile(folder.path("a"), "text").ok());
  for (FileCall call : {FileCall::open, FileCall::status, FileCall::map}) {
    FileFault fault(call, 1, ENOMEM);
    REQUIRE_ERROR(MappedFile::open(folder.path("a")), "Cannot allocate memory");
  }
}

TEST_CASE("a log is cut to what is kept, then grows", "[file]") {
  ScratchFolder folder;
  spill(folder.path("log"), "one\ntwo\nthree\n");
  {
    auto log = AppendFile::open(folder.path("log"), 8);
    REQUIRE(log.ok());
    REQUIRE(log->write("four\n").ok());
  }
  REQUIRE(slurp(folder.path("log")) == "one\ntwo\nfour\n");
}

TEST_CASE("folders are made with those above them", "[file]") {
  ScratchFolder folder;
  REQUIRE(makeFolder(folder.path("a/b/c")).ok());
  REQUIRE(makeFolder(folder.path("a/b/c")).ok());
  REQUIRE(std::filesystem::is_directory(folder.path("a/b/c")));
  spill(folder.path("file"), "");
  REQUIRE_ERROR(makeFolder(folder.path("file")), "File exists");
}

TEST_CASE("a folder lists its files, or its folders, in order", "[file]") {
  ScratchFolder folder;
  for (const char *name : {"b.png", "a.png", "B.png", "c.txt", "png"})
    spill(folder.path(name), "x");
  std::filesystem::create_directory(folder.path("d.png"));
  REQUIRE(isFolder(folder.path("d.png")));
  REQUIRE(!isFolder(folder.path("a.png")));
  REQUIRE(!isFolder(folder.path("missing")));
  for (const char *end : {"", "/"}) {
    std::string place = folder.path("") + end;
    Result<std::vector<std::string>> files = listFolder(place, FolderPart::files);
    REQUIRE(files.ok());
    REQUIRE(*files == std::vector<std::string>{place + "B.png", place + "a.png", place + "b.png", place + "c.txt",
                                               place + "png"});
    REQUIRE(*listFolder(place, FolderPart::folders) == std::vector<std::string>{place + "d.png"});
  }
  REQUIRE(listFolder(folder.path("d.png"), FolderPart::files)->empty());
  REQUIRE(listFolder(folder.path("d.png"), FolderPart::folders)->empty());
  REQUIRE_ERROR(listFolder(folder.path("missing"), FolderPart::files), "No such file");
  REQUIRE_ERROR(listFolder(folder.path("a.png"), FolderPart::files), "Not a directory");
}

TEST_CASE("a file read at any place says so where it was cut short since", "[file]") {
  ScratchFolder folder;
  spill(folder.path("a"), "0123456789");
  RandomAccessFile file = RandomAccessFile::open(folder.path("a")).take();
  REQUIRE(file.size() == 10);
  std::string text(3, ' ');
  std::span<std::byte> out = std::as_writable_bytes(std::span(text));
  REQUIRE(file.read(4, out).ok());
  REQUIRE(text == "456");
  REQUIRE_ERROR(file.read(8, out), "cut short");
  std::filesystem::resize_file(folder.path("a"), 5);
  REQUIRE_ERROR(file.read(4, out), "cut short");
  FileFault fault(FileCall::read, 1, EIO);
  REQUIRE_ERROR(file.read(0, out), "Input/output error");
}

TEST_CASE("only regular files are read at any place", "[file]") {
  ScratchFolder folder;
  REQUIRE(::mkfifo(folder.path("pipe").c_str(), 0600) == 0);
  REQUIRE_ERROR(RandomAccessFile::open(folder.path("pipe")), "not a regular file");
  REQUIRE_ERROR(RandomAccessFile::open("/dev/zero"), "not a regular file");
  REQUIRE_ERROR(RandomAccessFile::open(folder.path("")), "not a regular file");
  REQUIRE_ERROR(RandomAccessFile::open(folder.path("none")), "No such file");
}
