// NumPy archives: files as numpy.savez writes them, and damage.
#include "runtime/formats/Npz.h"
#include "tests/catch.h"
#include "tests/runtime/Deflated.h"
#include "tests/runtime/TestFiles.h"

#include <zlib.h>

using namespace vae::runtime;
using namespace vae::test;

namespace {

using namespace std::string_literals;

std::string little(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i)
    text += static_cast<char>(value >> 8 * i);
  return text;
}

std::string npy(const std::string &values) {
  std::string header =
      "{'descr': '|u1', 'fortran_order': False, 'shape': (" + std::to_string(values.size()) + ",), }\n";
  return "\x93NUMPY\1\0"s + little(header.size(), 2) + header + values;
}

/// A zip archive as PKZIP's APPNOTE describes it; NumPy's have 64-bit sizes in the local header, which none reads here.
struct Archive {
  std::string bytes, directory;
  int count = 0;

  void add(const std::string &name, const std::string &content, bool pack, bool wide = false) {
    std::string packed = pack ? deflated(content, -15) : content;
    auto checksum = crc32(0, reinterpret_cast<const Bytef *>(content.data()), static_cast<uInt>(content.size()));
    std::string sizes = little(checksum, 4) + little(wide ? 0xffffffff : packed.size(), 4) +
                        little(wide ? 0xffffffff : content.size(), 4);
    std::string extra = wide ? little(1, 2) + little(16, 2) + little(content.size(), 8) + little(packed.size(), 8) : "";
    std::string about = little(20, 2) + little(0, 2) + little(pack ? 8 : 0, 2) + little(0, 4) + sizes +
                        little(name.size(), 2) + little(extra.size(), 2);
    directory += "PK\1\2" + little(20, 2) + about + std::string(10, '\0') + little(bytes.size(), 4) + name + extra;
    bytes += "PK\3\4" + about + name + extra + packed;
    ++count;
  }
  std::string whole(const std::string &comment = "") const {
    return bytes + directory + "PK\5\6" + little(0, 4) + little(static_cast<uint64_t>(count), 2) +
           little(static_cast<uint64_t>(count), 2) + little(directory.size(), 4) + little(bytes.size(), 4) +
           little(comment.size(), 2) + comment;
  }
};

Result<std::string> read(const std::string &archive, const std::string &name = "") {
  VAE_ASSIGN_OR_RETURN(StoredTensor stored, openNpz(ByteRange::view(bytesOf(archive)), name));
  VAE_ASSIGN_OR_RETURN(HostTensor tensor, loadTensor(stored));
  return std::string(tensor.as<uint8_t>().begin(), tensor.as<uint8_t>().end());
}

Archive pair() {
  Archive archive;
  archive.add("x.npy", npy("abc"), false);
  archive.add("label.npy", npy(std::string(300, 'z')), true);
  return archive;
}

} // namespace

TEST_CASE("npz: stored and deflated arrays are found by their names", "[npz]") {
  for (const char *comment : {"", "PK\5\6 is not the end yet"}) {
    std::string archive = pair().whole(comment);
    REQUIRE(*read(archive, "x") == "abc");
    REQUIRE(*read(archive, "label") == std::string(300, 'z'));
  }
  // As Python's zipfile leaves an archive that it adds to; NumPy takes the last.
  Archive twice;
  twice.add("x.npy", npy("old"), false);
  twice.add("x.npy", npy("new"), false);
  REQUIRE(*read(twice.whole(), "x") == "new");
  Archive one;
  one.add("arr_0.npy", npy("12"), true, /*wide=*/true);
  REQUIRE(*read(one.whole()) == "12");
}

TEST_CASE("npz: arrays that are not there, or not named, are", "[npz]") {
  REQUIRE_ERROR(read(pair().whole()), "say which, as in file.npz:x (there are: x, label)");
  REQUIRE_ERROR(read(pair().whole(), "y"), "no array 'y'; there are: x, label");
  REQUIRE_ERROR(read(Archive().whole(), "x"), "without arrays");
  Archive torch;
  torch.add("archive/data.pkl", "x", false);
  REQUIRE_ERROR(read(torch.whole()), "numpy.save('x.npy', x.numpy())");
  REQUIRE(*splitNpzPath("a/b.npz:x.y") == std::pair("a/b.npz"s, "x.y"s));
  REQUIRE(*splitNpzPath("b.npz") == std::pair("b.npz"s, ""s));
  REQUIRE(!splitNpzPath("b.npy"));
}

TEST_CASE("npz: damage is an error, wherever it is", "[npz]") {
  const std::string whole = pair().whole();
  REQUIRE_ERROR(read(whole.substr(0, 30), "label"), "a damaged npz archive: its end is missing");
  for (size_t length = 0; length < whole.size(); ++length)
    REQUIRE(!read(whole.substr(0, length), "label").ok());
  for (size_t place = 0; place < whole.size(); ++place)
    for (char flip : {'\x01', '\x80'}) {
      std::string flipped = whole;
      flipped[place] ^= flip;
      Result<std::string> values = read(flipped, "label");
      INFO(place);
      if (values.ok())
        REQUIRE(*values == std::string(300, 'z'));
    }
}
