// How the numbers that a loss reports are told apart.
#ifndef VAE_IR_REPORTNAMES_H
#define VAE_IR_REPORTNAMES_H

#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/Twine.h"
#include <string>

namespace vae {

/// The names of one function's reports: the first of a kind keeps its name, the second becomes `mse_2`. The frontend
/// names a loss's own reports, the passes those of the losses that it calls, which come in by inlining.
class ReportNames {
public:
  std::string claim(llvm::StringRef name) {
    std::string unique = name.str();
    for (unsigned count = 2; !taken.insert(unique).second; ++count)
      unique = (name + "_" + llvm::Twine(count)).str();
    return unique;
  }

private:
  llvm::StringSet<> taken;
};

} // namespace vae

#endif // VAE_IR_REPORTNAMES_H
