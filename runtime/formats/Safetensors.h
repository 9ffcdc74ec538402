// Checkpoints: .safetensors files, mapped and checked before use, written whole or not at all.
#ifndef VAE_RUNTIME_FORMATS_SAFETENSORS_H
#define VAE_RUNTIME_FORMATS_SAFETENSORS_H

#include "runtime/base/AtomicFile.h"
#include "runtime/base/File.h"
#include "runtime/base/Tensor.h"

#include <map>
#include <memory>
#include <optional>

namespace vae::runtime {

class AtomicFile;

/// One tensor of a checkpoint. `element` is empty for types that the runtime does not compute with (BOOL, F8_E4M3,
/// ...).
struct SafetensorsEntry {
  std::string name;
  std::string typeName; ///< as in the file: "F32"
  std::optional<ElementType> element;
  std::vector<int64_t> shape;
  uint64_t offset = 0; ///< bytes from the start of the checkpoint
  uint64_t size = 0;   ///< bytes
};

/// Whether values of `stored` can be read as `element`: they are of that type, or real numbers of another size, which
/// become f32 (of f64 rounded).
bool isReadableAs(ElementType stored, ElementType element);

/// A tensor to be written; the bytes stay the caller's.
struct SafetensorsItem {
  std::string name;
  ElementType element = ElementType::f32;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;
  const MappedFile *mapping = nullptr; ///< what `bytes` lie in, where it is a file: they are forgotten once written
};

/// A checked checkpoint: every entry lies inside the file, has the size that its type and shape ask for, and touches no
/// other.
class SafetensorsFile {
public:
  /// Maps and checks `path`. Errors name the file, and the tensor or the byte offset.
  static Result<SafetensorsFile> open(const std::string &path);
  /// Checks a part of a mapped file; `path` is for messages.
  static Result<SafetensorsFile> open(std::shared_ptr<const MappedFile> file, std::span<const std::byte> part,
                                      const std::string &path);
  /// Checks bytes that stay alive as long as the result; `path` is for messages.
  static Result<SafetensorsFile> parse(std::span<const std::byte> bytes, const std::string &path);

  const std::string &path() const { return filePath; }
  /// Sorted by name.
  const std::vector<SafetensorsEntry> &entries() const { return sorted; }
  /// The `__metadata__` of the file.
  const std::map<std::string, std::string> &metadata() const { return notes; }
  /// Null where there is none of that name.
  const SafetensorsEntry *find(std::string_view name) const;
  /// The entry's bytes inside the mapping; not aligned.
  std::span<const std::byte> bytes(const SafetensorsEntry &entry) const {
    return content.subspan(static_cast<size_t>(entry.offset), static_cast<size_t>(entry.size));
  }
  /// Asked after the last read of `bytes`: io where the file was written to since it was opened.
  Status checkUnchanged() const { return mapping ? mapping->checkUnwritten() : Status(); }
  /// The entry, of a type that the runtime computes with, as `name` of a file to be written. After the writing ask
  /// `checkUnchanged`.
  SafetensorsItem item(const SafetensorsEntry &entry, std::string name) const {
    return {std::move(name), *entry.element, entry.shape, bytes(entry), mapping.get()};
  }
  /// Index of the first element that is NaN or infinite. No more than a piece of the file is in memory.
  std::optional<size_t> firstNonFinite(const SafetensorsEntry &entry) const;
  /// A copy; unsupported for types that the runtime does not compute with.
  Result<HostTensor> read(const SafetensorsEntry &entry) const;
  /// Gives the values as `element` to `sink`, piece by piece: no more of the file is in memory. isReadableAs holds of
  /// them. nonFinite, naming the tensor, where a number would become infinite.
  Status stream(const SafetensorsEntry &entry, ElementType element, Allocator &allocator, const ByteSink &sink) const;

private:
  Status check();

  std::string filePath;
  std::shared_ptr<const MappedFile> mapping; ///< null for bytes of the caller
  std::span<const std::byte> content;
  std::vector<SafetensorsEntry> sorted;
  std::map<std::string, std::string> notes;
};

/// A checkpoint before it is written. The same items give the same bytes, in whatever order they come: wide types first,
/// then by name.
class SafetensorsLayout {
public:
  /// invalidArgument for items whose bytes do not fill their shapes, and for names that are there twice.
  static Result<SafetensorsLayout> create(std::vector<SafetensorsItem> items,
                                          const std::map<std::string, std::string> &metadata = {});

  /// Bytes of the whole checkpoint.
  uint64_t size() const { return totalSize; }
  /// Appends it to a file, piece by piece.
  Status write(AtomicFile &file) const;

private:
  std::vector<SafetensorsItem> items;
  std::string header;
  uint64_t totalSize = 0;
};

/// A checkpoint that is written and has yet to be settled and published, so that of several files none appears without
/// the others.
Result<AtomicFile> draftSafetensors(const std::string &path, std::vector<SafetensorsItem> items,
                                    const std::map<std::string, std::string> &metadata = {});
/// Writes a checkpoint atomically.
Status writeSafetensors(const std::string &path, std::vector<SafetensorsItem> items,
                        const std::map<std::string, std::string> &metadata = {});

} // namespace vae::runtime

#endif // VAE_RUNTIME_FORMATS_SAFETENSORS_H
