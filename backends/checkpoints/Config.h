// A diffusers config.json, field by field.
#ifndef VAE_BACKENDS_CHECKPOINTS_CONFIG_H
#define VAE_BACKENDS_CHECKPOINTS_CONFIG_H

#include "runtime/base/Status.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"
#include <map>

namespace vae::checkpoints {

/// Values of a model's parameters, as -D takes them.
using Bindings = std::map<std::string, std::string>;

/// What becomes of a field.
enum class FieldUse {
  obeyed,     ///< it is the model's parameter of that name; null leaves the parameter's default
  ignored,    ///< it does not change what is computed here
  fixed,      ///< only one value is supported
  blockTypes, ///< kinds of levels: the plain one, or with attention, which becomes a list of booleans
};

struct Field {
  llvm::StringRef name;
  FieldUse use = FieldUse::obeyed;
  llvm::StringRef value{};    ///< fixed: as JSON; blockTypes: the plain kind
  llvm::StringRef attended{}; ///< blockTypes: the parameter that says which levels have attention; empty: none may
};

/// A config file, parsed. invalidFile where it is not a JSON object; `path` is for messages.
runtime::Result<llvm::json::Object> readConfig(const std::string &path);

/// Turns a config into bindings. unsupported, naming the field, for a value that changes what is computed and that the
/// model does not have, and for a field that is not known, unless it is null or false.
runtime::Result<Bindings> bindConfig(const llvm::json::Object &config, llvm::StringRef family,
                                     llvm::ArrayRef<Field> fields, const std::string &path);

} // namespace vae::checkpoints

#endif // VAE_BACKENDS_CHECKPOINTS_CONFIG_H
