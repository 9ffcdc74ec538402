// The directory at the end of a zip archive, and the members that it names.
#include "runtime/formats/Npz.h"
#include "runtime/base/Checked.h"
#include "runtime/formats/Npy.h"
#include "runtime/formats/stored/Inflate.h"

#include <algorithm>

namespace vae::runtime {
namespace {

using ArchiveBytes = std::span<const std::byte>;

constexpr uint32_t endSignature = 0x06054b50, wideEndSignature = 0x06064b50, wideLocatorSignature = 0x07064b50;
constexpr uint32_t memberSignature = 0x02014b50, localSignature = 0x04034b50;
constexpr uint64_t endSize = 22, wideEndSize = 56, wideLocatorSize = 20, memberSize = 46, localSize = 30;
// A comment may follow the end, and be so long.
constexpr uint64_t maxComment = 65535;
// Far more than archives of arrays have.
constexpr uint64_t maxDirectory = 1 << 26;
constexpr uint16_t wideExtra = 1, storedMethod = 0, deflatedMethod = 8, encryptedFlag = 1;
constexpr uint32_t isWide = 0xffffffff;

struct Member {
  std::string name; ///< without .npy
  uint16_t flags = 0, method = 0;
  uint32_t checksum = 0;
  uint64_t packed = 0, size = 0, place = 0;
};

Status damagedArchive(const char *what) { return invalidFile("a damaged npz archive: ", what); }

/// A number that is known to be inside.
template <typename T> T numberAt(ArchiveBytes bytes, uint64_t offset) {
  return readLittle<T>(bytes, offset).value_or(0);
}

Result<std::vector<std::byte>> readPart(const ByteRange &file, uint64_t offset, uint64_t count) {
  VAE_ASSIGN_OR_RETURN(ByteRange part, file.part(offset, count));
  return part.head(count);
}

/// Where the directory lies.
struct Directory {
  uint64_t place, size;
};

/// The directory of an archive beyond 4 GiB, for which a record of its own stands before the end at `end`.
Result<Directory> findWideDirectory(const ByteRange &file, uint64_t end) {
  if (end < wideLocatorSize)
    return damagedArchive("it has no directory");
  VAE_ASSIGN_OR_RETURN(std::vector<std::byte> locator, readPart(file, end - wideLocatorSize, wideLocatorSize));
  VAE_ASSIGN_OR_RETURN(std::vector<std::byte> record, readPart(file, numberAt<uint64_t>(locator, 8), wideEndSize));
  if (numberAt<uint32_t>(locator, 0) != wideLocatorSignature || numberAt<uint32_t>(record, 0) != wideEndSignature)
    return damagedArchive("it has no directory");
  return Directory{numberAt<uint64_t>(record, 48), numberAt<uint64_t>(record, 40)};
}

Result<Directory> findDirectory(const ByteRange &file) {
  uint64_t tailSize = std::min(file.size(), endSize + maxComment);
  VAE_ASSIGN_OR_RETURN(std::vector<std::byte> tail, readPart(file, file.size() - tailSize, tailSize));
  for (uint64_t i = tailSize; i >= endSize; --i) {
    ArchiveBytes end = ArchiveBytes(tail).subspan(i - endSize);
    if (numberAt<uint32_t>(end, 0) != endSignature || numberAt<uint16_t>(end, 20) != tailSize - i)
      continue;
    Directory found{numberAt<uint32_t>(end, 16), numberAt<uint32_t>(end, 12)};
    bool wide = found.place == isWide || found.size == isWide || numberAt<uint16_t>(end, 10) == 0xffff;
    return wide ? findWideDirectory(file, file.size() - tailSize + i - endSize) : found;
  }
  return damagedArchive("its end is missing");
}

/// Takes what is too large for the member's own fields from its extra ones.
void widen(Member &member, ArchiveBytes extra) {
  while (extra.size() >= 4) {
    uint64_t kind = numberAt<uint16_t>(extra, 0),
             size = std::min<uint64_t>(numberAt<uint16_t>(extra, 2), extra.size() - 4);
    ArchiveBytes field = extra.subspan(4, size);
    for (uint64_t *number : {&member.size, &member.packed, &member.place})
      if (kind == wideExtra && *number == isWide && field.size() >= 8) {
        *number = numberAt<uint64_t>(field, 0);
        field = field.subspan(8);
      }
    extra = extra.subspan(4 + size);
  }
}

Result<std::vector<Member>> readMembers(const ByteRange &file) {
  VAE_ASSIGN_OR_RETURN(Directory directory, findDirectory(file));
  if (directory.size > maxDirectory)
    return damagedArchive("its directory is out of range");
  VAE_ASSIGN_OR_RETURN(std::vector<std::byte> bytes, readPart(file, directory.place, directory.size));
  std::vector<Member> members;
  for (ArchiveBytes rest = bytes; !rest.empty();) {
    uint64_t nameSize = numberAt<uint16_t>(rest, 28), extraSize = numberAt<uint16_t>(rest, 30),
             comment = numberAt<uint16_t>(rest, 32);
    uint64_t size = memberSize + nameSize + extraSize + comment;
    if (numberAt<uint32_t>(rest, 0) != memberSignature || size > rest.size())
      return damagedArchive("its directory is cut short");
    Member &member = members.emplace_back();
    member.name.assign(reinterpret_cast<const char *>(rest.data() + memberSize), nameSize);
    if (member.name.ends_with(".npy"))
      member.name.resize(nameSize - 4);
    member.flags = numberAt<uint16_t>(rest, 8);
    member.method = numberAt<uint16_t>(rest, 10);
    member.checksum = numberAt<uint32_t>(rest, 16);
    member.packed = numberAt<uint32_t>(rest, 20);
    member.size = numberAt<uint32_t>(rest, 24);
    member.place = numberAt<uint32_t>(rest, 42);
    widen(member, rest.subspan(memberSize + nameSize, extraSize));
    rest = rest.subspan(size);
  }
  return members;
}

Result<Member> chooseMember(const std::vector<Member> &members, const std::string &name) {
  if (std::any_of(members.begin(), members.end(), [](const Member &one) { return one.name.ends_with("/data.pkl"); }))
    return fail(StatusCode::unsupported, "a file of torch.save; save the tensor as numpy.save('x.npy', x.numpy())");
  if (name.empty() && members.size() == 1)
    return members[0];
  // An archive that was added to may have a name twice: the last one counts, as for NumPy.
  auto last = std::find_if(members.rbegin(), members.rend(), [&](const Member &one) { return one.name == name; });
  if (!name.empty() && last != members.rend())
    return *last;
  std::string names;
  for (const Member &member : members)
    names += (names.empty() ? "" : ", ") + member.name;
  if (members.empty())
    return invalidFile("an npz archive without arrays");
  constexpr size_t shown = 200;
  if (names.size() > shown)
    names = names.substr(0, shown) + " ...";
  return name.empty() ? fail(StatusCode::invalidArgument,
                             "an npz archive of several arrays; say which, as in file.npz:", members[0].name,
                             " (there are: ", names, ")")
                      : fail(StatusCode::notFound, "the npz archive has no array '", name, "'; there are: ", names);
}

/// The checksum of the whole, read piece by piece.
Result<uint32_t> checksumOf(const ByteRange &range) {
  std::vector<std::byte> piece(size_t{1} << 20);
  uLong checksum = crc32(0, nullptr, 0);
  for (uint64_t place = 0; place < range.size(); place += piece.size()) {
    piece.resize(static_cast<size_t>(std::min<uint64_t>(piece.size(), range.size() - place)));
    VAE_RETURN_IF_ERROR(range.read(place, piece));
    checksum = crc32(checksum, reinterpret_cast<const Bytef *>(piece.data()), static_cast<uInt>(piece.size()));
  }
  return static_cast<uint32_t>(checksum);
}

Result<ByteRange> inflateMember(const Member &member, const ByteRange &packed) {
  VAE_ASSIGN_OR_RETURN(HostBuffer bytes, packed.load());
  Inflater inflater(bytes.bytes(), Wrapping::none);
  if (member.size > inflater.limit())
    return damagedArchive("an array's size is out of range");
  VAE_ASSIGN_OR_RETURN(HostBuffer out, HostBuffer::allocate(member.size));
  VAE_RETURN_IF_ERROR(inflater.read(out.bytes()));
  VAE_RETURN_IF_ERROR(inflater.finish());
  return ByteRange::own(std::move(out));
}

Result<ByteRange> openMember(const ByteRange &file, const Member &member) {
  bool packed = member.method == deflatedMethod;
  if ((member.flags & encryptedFlag) != 0 || (!packed && member.method != storedMethod))
    return fail(StatusCode::unsupported, "array '", member.name,
                "' is packed in another way than numpy.savez and numpy.savez_compressed do");
  VAE_ASSIGN_OR_RETURN(std::vector<std::byte> local, readPart(file, member.place, localSize));
  if (numberAt<uint32_t>(local, 0) != localSignature)
    return damagedArchive("an array is not where the directory says");
  uint64_t start = member.place + localSize + numberAt<uint16_t>(local, 26) + numberAt<uint16_t>(local, 28);
  VAE_ASSIGN_OR_RETURN(ByteRange bytes, file.part(start, member.packed));
  if (!packed)
    return bytes.size() == member.size ? Result(bytes) : damagedArchive("an array's size is wrong");
  return inflateMember(member, bytes);
}

} // namespace

std::optional<std::pair<std::string, std::string>> splitNpzPath(const std::string &path) {
  if (path.ends_with(".npz"))
    return std::pair(path, std::string());
  size_t colon = path.rfind(".npz:");
  if (colon == std::string::npos)
    return std::nullopt;
  return std::pair(path.substr(0, colon + 4), path.substr(colon + 5));
}

Result<StoredTensor> openNpz(const ByteRange &file, const std::string &name) {
  VAE_ASSIGN_OR_RETURN(std::vector<Member> members, readMembers(file));
  VAE_ASSIGN_OR_RETURN(Member member, chooseMember(members, name));
  VAE_ASSIGN_OR_RETURN(ByteRange bytes, openMember(file, member));
  VAE_ASSIGN_OR_RETURN(uint32_t checksum, checksumOf(bytes));
  if (checksum != member.checksum)
    return damagedArchive("an array's checksum is wrong");
  Result<StoredTensor> stored = openNpy(bytes);
  return stored.ok() ? std::move(stored) : stored.status().withContext("array '" + member.name + "'");
}

} // namespace vae::runtime
