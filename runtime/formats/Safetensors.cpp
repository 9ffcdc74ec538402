// Reading: header size, JSON, types, shapes, then that the entries tile the data without holes. Writing: the same,
// backwards.
#include "runtime/formats/Safetensors.h"
#include "runtime/base/AtomicFile.h"
#include "runtime/base/Checked.h"
#include "runtime/formats/Excerpt.h"
#include "runtime/formats/ForeignWeights.h"
#include "runtime/formats/SafetensorsHeader.h"
#include "runtime/formats/stored/StoredElements.h"

#include <algorithm>
#include <cstring>
#include <set>

namespace vae::runtime {
namespace {

struct SafetensorsType {
  std::string_view name;
  uint64_t size;
  std::optional<ElementType> element;
};

// The types of the format's specification.
constexpr SafetensorsType safetensorsTypes[] = {
    {"F32", 4, ElementType::f32}, {"F16", 2, ElementType::f16}, {"BF16", 2, ElementType::bf16},
    {"F64", 8, ElementType::f64}, {"I32", 4, ElementType::i32}, {"I64", 8, ElementType::i64},
    {"U8", 1, ElementType::u8},   {"BOOL", 1, std::nullopt},    {"I8", 1, std::nullopt},
    {"I16", 2, std::nullopt},     {"U16", 2, std::nullopt},     {"U32", 4, std::nullopt},
    {"U64", 8, std::nullopt},     {"F8_E4M3", 1, std::nullopt}, {"F8_E5M2", 1, std::nullopt},
    {"F8_E8M0", 1, std::nullopt}, {"C64", 8, std::nullopt},
};

// The reference implementation refuses larger headers too.
constexpr uint64_t maxHeaderSize = 100'000'000;

const SafetensorsType *findType(std::string_view name) {
  auto row = std::find_if(std::begin(safetensorsTypes), std::end(safetensorsTypes),
                          [&](const SafetensorsType &r) { return r.name == name; });
  return row == std::end(safetensorsTypes) ? nullptr : row;
}

std::string_view typeNameOf(ElementType element) {
  return std::find_if(std::begin(safetensorsTypes), std::end(safetensorsTypes),
                      [&](const SafetensorsType &r) { return r.element == element; })
      ->name;
}

/// Checks one header entry by itself: type, shape, range within `dataSize` bytes that start at `dataStart`.
Result<SafetensorsEntry> checkEntry(const SafetensorsHeaderEntry &raw, uint64_t dataStart, uint64_t dataSize) {
  SafetensorsEntry entry;
  entry.name = raw.name;
  entry.typeName = raw.typeName;
  const SafetensorsType *type = findType(raw.typeName);
  if (!type)
    return fail(StatusCode::invalidFile, "unknown dtype '", excerpt(raw.typeName), "'");
  entry.element = type->element;
  for (uint64_t size : raw.shape) {
    std::optional<int64_t> narrow = checkedNarrow<int64_t>(size);
    if (!narrow)
      return fail(StatusCode::invalidFile, "the size ", size, " is out of range");
    entry.shape.push_back(*narrow);
  }
  std::optional<uint64_t> bytes = checkedByteSize(entry.shape, type->size);
  if (!bytes)
    return fail(StatusCode::invalidFile, "the shape ", shapeText(entry.shape), " is out of range");
  if (raw.offsets.size() != 2)
    return fail(StatusCode::invalidFile, raw.offsets.size(), " data_offsets, 2 wanted");
  std::optional<uint64_t> size = checkedSub(raw.offsets[1], raw.offsets[0]);
  if (!size || !checkedRange(raw.offsets[0], *size, dataSize))
    return fail(StatusCode::invalidFile, "the data_offsets [", raw.offsets[0], ", ", raw.offsets[1],
                "] do not lie within the ", dataSize, " bytes of data");
  if (*size != *bytes)
    return fail(StatusCode::invalidFile, raw.typeName, shapeText(entry.shape), " takes ", *bytes,
                " bytes but data_offsets span ", *size);
  entry.offset = dataStart + raw.offsets[0];
  entry.size = *size;
  return entry;
}

/// The entries must follow each other without overlap and without a hole, up to the end of the file.
Status checkTiling(const std::vector<SafetensorsEntry> &entries, uint64_t dataStart, uint64_t fileSize) {
  std::vector<const SafetensorsEntry *> order;
  order.reserve(entries.size());
  for (const SafetensorsEntry &entry : entries)
    order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](auto *a, auto *b) {
    return std::pair(a->offset, a->offset + a->size) < std::pair(b->offset, b->offset + b->size);
  });
  uint64_t end = dataStart;
  const SafetensorsEntry *previous = nullptr;
  for (const SafetensorsEntry *entry : order) {
    if (entry->offset < end)
      return fail(StatusCode::invalidFile, "tensors '", excerpt(previous->name), "' and '", excerpt(entry->name),
                  "' overlap at byte ", entry->offset);
    if (entry->offset > end)
      return fail(StatusCode::invalidFile, "bytes ", end, " to ", entry->offset, " before tensor '",
                  excerpt(entry->name), "' belong to no tensor");
    end = entry->offset + entry->size;
    previous = entry;
  }
  if (end != fileSize)
    return fail(StatusCode::invalidFile, "bytes ", end, " to ", fileSize, " at the end belong to no tensor");
  return {};
}

} // namespace

Result<SafetensorsFile> SafetensorsFile::open(const std::string &path) {
  VAE_ASSIGN_OR_RETURN(MappedFile mapping, MappedFile::open(path));
  auto shared = std::make_shared<const MappedFile>(std::move(mapping));
  return open(shared, shared->bytes(), path);
}

Result<SafetensorsFile> SafetensorsFile::open(std::shared_ptr<const MappedFile> mapping,
                                              std::span<const std::byte> part, const std::string &path) {
  Result<SafetensorsFile> parsed = parse(part, path);
  VAE_RETURN_IF_ERROR(mapping->check());
  VAE_ASSIGN_OR_RETURN(SafetensorsFile file, std::move(parsed));
  file.mapping = std::move(mapping);
  return file;
}

Result<SafetensorsFile> SafetensorsFile::parse(std::span<const std::byte> bytes, const std::string &path) {
  SafetensorsFile file;
  file.filePath = path;
  file.content = bytes;
  if (Status status = file.check(); !status.ok())
    return status.withContext(path);
  return file;
}

/// The text of the header; invalidFile where the file is none of this format.
static Result<std::string_view> headerOf(std::span<const std::byte> content, const std::string &path) {
  std::optional<uint64_t> size = readLittle<uint64_t>(content, 0);
  bool isInside = size && *size <= maxHeaderSize && checkedRange(8, *size, content.size());
  std::string_view text(reinterpret_cast<const char *>(content.data()), content.size());
  text = isInside ? text.substr(8, static_cast<size_t>(*size)) : std::string_view();
  if (std::string foreign = describeForeignWeights(content, path); !foreign.empty() && !text.starts_with('{'))
    return invalidFile("not a safetensors file but ", foreign);
  if (!size)
    return invalidFile("only ", content.size(), " bytes, not a safetensors file");
  if (!isInside)
    return invalidFile("a header of ", *size, " bytes in a file of ", content.size(),
                       " bytes, truncated or not a safetensors file");
  return text;
}

Status SafetensorsFile::check() {
  VAE_ASSIGN_OR_RETURN(std::string_view text, headerOf(content, filePath));
  VAE_ASSIGN_OR_RETURN(SafetensorsHeader header, parseSafetensorsHeader(text));
  uint64_t dataStart = 8 + text.size();
  for (const SafetensorsHeaderEntry &raw : header.entries) {
    Result<SafetensorsEntry> entry = checkEntry(raw, dataStart, content.size() - dataStart);
    if (!entry.ok())
      return entry.status().withContext(concat("tensor '", excerpt(raw.name), "'"));
    sorted.push_back(entry.take());
  }
  VAE_RETURN_IF_ERROR(checkTiling(sorted, dataStart, content.size()));
  std::sort(sorted.begin(), sorted.end(), [](const auto &a, const auto &b) { return a.name < b.name; });
  notes = std::move(header.metadata);
  return {};
}

const SafetensorsEntry *SafetensorsFile::find(std::string_view name) const {
  auto position = std::lower_bound(sorted.begin(), sorted.end(), name,
                                   [](const SafetensorsEntry &entry, std::string_view n) { return entry.name < n; });
  return position != sorted.end() && position->name == name ? &*position : nullptr;
}

Result<HostTensor> SafetensorsFile::read(const SafetensorsEntry &entry) const {
  if (!entry.element)
    return fail(StatusCode::unsupported, filePath, ": tensor '", excerpt(entry.name), "' has the dtype ",
                entry.typeName, ", which is not supported");
  Result<HostTensor> copy = HostTensor::copyOf(*entry.element, entry.shape, bytes(entry));
  VAE_RETURN_IF_ERROR(checkUnchanged());
  return copy;
}

bool isReadableAs(ElementType stored, ElementType element) {
  bool isReal = stored == ElementType::f16 || stored == ElementType::bf16 || stored == ElementType::f64;
  return stored == element || (element == ElementType::f32 && isReal);
}

Status SafetensorsFile::stream(const SafetensorsEntry &entry, ElementType element, Allocator &allocator,
                               const ByteSink &sink) const {
  assert(entry.element && isReadableAs(*entry.element, element));
  constexpr size_t largest = size_t{1} << 20;
  const size_t width = elementSize(*entry.element), count = static_cast<size_t>(entry.size) / width;
  const size_t piece = std::min(largest, count);
  HostTensor values;
  if (*entry.element != element) {
    VAE_ASSIGN_OR_RETURN(values, HostTensor::create(element, {static_cast<int64_t>(piece)}, allocator));
  }
  for (size_t begin = 0; begin < count; begin += piece) {
    const size_t length = std::min(piece, count - begin);
    std::span<const std::byte> stored = bytes(entry).subspan(begin * width, length * width), given = stored;
    if (*entry.element != element) {
      std::span<std::byte> part = values.bytes().first(length * elementSize(element));
      if (std::optional<Misfit> infinite = convertElements(stored, storedTypeOf(*entry.element), element, part))
        return fail(StatusCode::nonFinite, filePath, ": tensor '", excerpt(entry.name), "': element ",
                    begin + infinite->element, " is beyond the range of f32");
      given = part;
    }
    VAE_RETURN_IF_ERROR(sink(begin * elementSize(element), given));
    if (mapping)
      mapping->forget(stored);
  }
  return checkUnchanged();
}

/// Checks the items and lays them out one after the other.
static Result<SafetensorsHeader> layOut(const std::vector<SafetensorsItem> &items) {
  SafetensorsHeader header;
  std::set<std::string_view> names{"__metadata__"};
  uint64_t end = 0;
  for (const SafetensorsItem &item : items) {
    std::optional<uint64_t> size = checkedByteSize(item.shape, elementSize(item.element));
    if (!size || *size != item.bytes.size())
      return fail(StatusCode::invalidArgument, "tensor '", item.name, "': ", item.bytes.size(), " bytes do not fill ",
                  elementName(item.element), shapeText(item.shape));
    if (!names.insert(item.name).second)
      return fail(StatusCode::invalidArgument, "the tensor name '", item.name, "' is taken");
    SafetensorsHeaderEntry &entry = header.entries.emplace_back();
    entry.name = item.name;
    entry.typeName = typeNameOf(item.element);
    entry.shape.assign(item.shape.begin(), item.shape.end());
    entry.offsets = {end, end + *size};
    end += *size;
  }
  return header;
}

Result<SafetensorsLayout> SafetensorsLayout::create(std::vector<SafetensorsItem> items,
                                                    const std::map<std::string, std::string> &metadata) {
  // Wide types first, so that every tensor starts aligned to its element.
  std::sort(items.begin(), items.end(), [](const SafetensorsItem &a, const SafetensorsItem &b) {
    return std::pair(elementSize(b.element), std::string_view(a.name)) <
           std::pair(elementSize(a.element), std::string_view(b.name));
  });
  VAE_ASSIGN_OR_RETURN(SafetensorsHeader header, layOut(items));
  header.metadata = metadata;
  SafetensorsLayout layout;
  layout.header = printSafetensorsHeader(header);
  layout.header.resize((layout.header.size() + 7) / 8 * 8, ' ');
  if (layout.header.size() > maxHeaderSize)
    return fail(StatusCode::invalidArgument, "a header of ", layout.header.size(),
                " bytes is more than readers accept");
  const uint64_t data = header.entries.empty() ? 0 : header.entries.back().offsets[1];
  layout.totalSize = sizeof(uint64_t) + layout.header.size() + data;
  layout.items = std::move(items);
  return layout;
}

/// The bytes in pieces, of which one at a time is in memory where they are of a mapped file.
static std::vector<std::span<const std::byte>> piecesOf(std::span<const std::byte> bytes) {
  constexpr size_t most = size_t{16} << 20;
  std::vector<std::span<const std::byte>> pieces;
  for (size_t begin = 0; begin < bytes.size(); begin += most)
    pieces.push_back(bytes.subspan(begin, std::min(most, bytes.size() - begin)));
  return pieces;
}

std::optional<size_t> SafetensorsFile::firstNonFinite(const SafetensorsEntry &entry) const {
  if (!entry.element)
    return std::nullopt;
  size_t before = 0; // elements
  for (std::span<const std::byte> piece : piecesOf(bytes(entry))) {
    std::optional<size_t> place = runtime::firstNonFinite(*entry.element, piece);
    if (mapping)
      mapping->forget(piece);
    if (place)
      return before + *place;
    before += piece.size() / static_cast<size_t>(elementSize(*entry.element));
  }
  return std::nullopt;
}

Status SafetensorsLayout::write(AtomicFile &file) const {
  const uint64_t headerSize = header.size();
  VAE_RETURN_IF_ERROR(file.write(std::as_bytes(std::span(&headerSize, 1))));
  VAE_RETURN_IF_ERROR(file.write(header));
  for (const SafetensorsItem &item : items)
    for (std::span<const std::byte> piece : piecesOf(item.bytes)) {
      VAE_RETURN_IF_ERROR(file.write(piece));
      if (item.mapping)
        item.mapping->forget(piece);
    }
  return {};
}

Result<AtomicFile> draftSafetensors(const std::string &path, std::vector<SafetensorsItem> items,
                                    const std::map<std::string, std::string> &metadata) {
  Result<SafetensorsLayout> layout = SafetensorsLayout::create(std::move(items), metadata);
  if (!layout.ok())
    return layout.status();
  VAE_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::create(path));
  VAE_RETURN_IF_ERROR(layout->write(file));
  return file;
}

Status writeSafetensors(const std::string &path, std::vector<SafetensorsItem> items,
                        const std::map<std::string, std::string> &metadata) {
  VAE_ASSIGN_OR_RETURN(AtomicFile file, draftSafetensors(path, std::move(items), metadata));
  return file.commit();
}

} // namespace vae::runtime
