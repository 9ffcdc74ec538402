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
  obeyed,     ///< it is the model's parameter of that name; null is `value`, else leaves the parameter's default
  perLevel,   ///< obeyed, a list of one number a level; a number is that of every level
  ignored,    ///< it does not change what is computed here
  fixed,      ///< only one value is supported
  blockTypes, ///< kinds of levels: the plain one, or with attention, which becomes a list of booleans
};

struct Field {
  llvm::StringRef name;
  FieldUse use = FieldUse::obeyed;
  llvm::StringRef value{};    ///< fixed: as JSON; blockTypes: the plain kind; obeyed: what null means
  llvm::StringRef attended{}; ///< blockTypes: the parameter that says which levels have attention; empty: none may
  llvm::StringRef attending = "Attn"; ///< blockTypes: stands before the plain kind where a level has attention
};

/// A config file, parsed. invalidFile where it is not a JSON object; `path` is for messages.
runtime::Result<llvm::json::Object> readConfig(const std::string &path);

/// What is done with a field that the table does not have.
enum class UnknownField { refused, ignored };

/// Fields that stand in one table, or in one that several families share and one of their own.
using Fields = llvm::ArrayRef<llvm::ArrayRef<Field>>;

/// Turns a config into bindings. unsupported, naming the field, for a value that changes what is computed and that the
/// model does not have, and for a field that is not known, unless it is null or false, or such fields are ignored.
runtime::Result<Bindings> bindConfig(const llvm::json::Object &config, llvm::StringRef family, Fields fields,
                                     const std::string &path, UnknownField unknown);

} // namespace vae::checkpoints

#endif // VAE_BACKENDS_CHECKPOINTS_CONFIG_H
