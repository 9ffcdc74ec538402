// Fields that are obeyed, ignored, or refused by name.
#include "backends/checkpoints/Config.h"
#include "runtime/base/File.h"
#include "runtime/formats/Excerpt.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <algorithm>

using namespace llvm;
using vae::runtime::Result;
using vae::runtime::Status;

namespace vae::checkpoints {
namespace {

/// Beyond any config; a mistaken file is not read into memory whole.
constexpr size_t mostBytes = 1 << 20;

std::string textOf(const json::Value &value) { return formatv("{0}", value).str(); }

template <typename... Parts> Status refuse(const std::string &path, StringRef field, const Parts &...parts) {
  return runtime::fail(runtime::StatusCode::unsupported, path, ": '", std::string_view(field), "' ", parts...);
}

/// A word that chooses among ways, as -D takes it: no quotes, nothing that could be more than a word.
bool isWord(StringRef text) {
  return !text.empty() && text.size() <= 40 && all_of(text, [](char c) { return isAlnum(c) || c == '_'; });
}

/// A number, a truth value, a word, or a list of numbers or truth values, as -D takes it; nothing for anything else.
std::optional<std::string> parameterText(const json::Value &value) {
  if (value.getAsNumber() || value.getAsBoolean())
    return textOf(value);
  if (std::optional<StringRef> text = value.getAsString(); text && isWord(*text))
    return text->str();
  const json::Array *list = value.getAsArray();
  if (!list ||
      !all_of(*list, [](const json::Value &element) { return element.getAsNumber() || element.getAsBoolean(); }))
    return std::nullopt;
  return "[" + join(map_range(*list, textOf), ", ") + "]";
}

Status bindBlockTypes(const json::Value &value, const Field &field, const std::string &path, Bindings &bindings) {
  const json::Array *kinds = value.getAsArray();
  if (!kinds)
    return refuse(path, field.name, "is not a list");
  std::vector<std::string> attended;
  for (const json::Value &kind : *kinds) {
    std::optional<StringRef> text = kind.getAsString();
    const bool attends = text && *text == (field.attending + field.value).str();
    if (!text || (*text != field.value && !(attends && !field.attended.empty())))
      return refuse(path, field.name, "has the kind ", runtime::excerpt(textOf(kind)), "; vaec knows ",
                    std::string_view(field.value), field.attended.empty() ? "" : " and the same with ",
                    std::string_view(field.attended.empty() ? "" : field.attending),
                    field.attended.empty() ? "" : " before it");
    attended.push_back(attends ? "true" : "false");
  }
  if (!field.attended.empty())
    bindings[field.attended.str()] = "[" + join(attended, ", ") + "]";
  return {};
}

Status bindField(const json::Value &value, const Field &field, const std::string &path, Bindings &bindings) {
  switch (field.use) {
  case FieldUse::ignored:
    return {};
  case FieldUse::blockTypes:
    return bindBlockTypes(value, field, path, bindings);
  case FieldUse::fixed:
    if (textOf(value) == field.value)
      return {};
    return refuse(path, field.name, "is ", runtime::excerpt(textOf(value)), "; vaec knows ",
                  std::string_view(field.value), " alone");
  case FieldUse::obeyed:
  case FieldUse::perLevel:
    break;
  }
  if (value.getAsNull()) {
    if (!field.value.empty())
      bindings[field.name.str()] = field.value;
    return {};
  }
  std::optional<std::string> text = parameterText(value);
  if (!text)
    return refuse(path, field.name, "is ", runtime::excerpt(textOf(value)),
                  ", which is not a number, a truth value, a word or a list of numbers or truth values");
  bindings[field.name.str()] = field.use == FieldUse::perLevel && !value.getAsArray() ? "[" + *text + "]" : *text;
  return {};
}

const Field *findField(StringRef name, Fields tables) {
  for (ArrayRef<Field> fields : tables)
    for (const Field &field : fields)
      if (field.name == name)
        return &field;
  return nullptr;
}

/// The known name that is nearest in spelling.
StringRef nearest(StringRef word, Fields tables) {
  StringRef best;
  for (ArrayRef<Field> fields : tables)
    for (const Field &field : fields)
      if (best.empty() || word.edit_distance(field.name) < word.edit_distance(best))
        best = field.name;
  return best;
}

} // namespace

Result<json::Object> readConfig(const std::string &path) {
  return runtime::readMapped(path, [&](std::span<const std::byte> bytes) -> Result<json::Object> {
    if (bytes.size() > mostBytes)
      return runtime::invalidFile(path, ": ", bytes.size(), " bytes are more than a config has");
    Expected<json::Value> value = json::parse(StringRef(reinterpret_cast<const char *>(bytes.data()), bytes.size()));
    if (!value)
      return runtime::invalidFile(path, ": not valid JSON: ", runtime::excerpt(toString(value.takeError())));
    if (!value->getAsObject())
      return runtime::invalidFile(path, ": not a JSON object");
    return std::move(*value->getAsObject());
  });
}

Result<Bindings> bindConfig(const json::Object &config, StringRef family, Fields fields, const std::string &path,
                            UnknownField unknown) {
  Bindings bindings;
  for (const auto &[key, value] : config) {
    StringRef name = key;
    if (const Field *known = findField(name, fields))
      VAE_RETURN_IF_ERROR(bindField(value, *known, path, bindings));
    else if (unknown == UnknownField::refused && !name.starts_with("_") && !value.getAsNull() &&
             value.getAsBoolean() != false)
      return refuse(path, name, "is not a known field of ", std::string_view(family), "; the nearest is '",
                    std::string_view(nearest(name, fields)),
                    "'. Take it out of the file if it does not change what the model computes");
  }
  return bindings;
}

} // namespace vae::checkpoints
