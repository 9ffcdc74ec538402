// The compiler from its options to its output.
#ifndef VAE_BACKENDS_VAEC_COMPILE_H
#define VAE_BACKENDS_VAEC_COMPILE_H

#include "backends/checkpoints/Checkpoint.h"
#include "frontend/Frontend.h"
#include "ir/program/Stages.h"

namespace vae {

/// Where the weights of a checkpoint go.
enum class WeightsPlace { inside, beside, nowhere };

/// What the user asked of vaec.
struct CompileOptions {
  std::string input;                       // a .vae file, or "-"
  std::string name;                        // of the file that is written, but for its ending, where `output` is empty
  std::string output;                      // empty: the input's name with .vaep, or stdout for stages that print; "-"
  Stage stage = Stage::Package;            // --emit
  std::string kernel;                      // --kernel; empty: all
  std::vector<std::string> targets;        // --target; empty: those of this machine
  std::vector<frontend::Binding> bindings; // -D
  std::vector<std::string> programs;       // --programs; empty: all entries and losses
  std::optional<checkpoints::Checkpoint> checkpoint; // whose model `input` is then, in the library
  WeightsPlace weights = WeightsPlace::inside;       // --weights, with a checkpoint
  unsigned threads = 0;                              // 0: as many as the machine has
  std::string convolution;                           // --conv: the strategy that convolutions wish; empty: none
  bool explain = false;                              // print how strategies were chosen in place of compiling
  bool time = false;                                 // report the time of each step on stderr
  bool verifyDiagnostics = false; // compare diagnostics with expected-error comments in place of printing them
};

/// Runs the compiler; the process's exit code.
int compileModel(const CompileOptions &options);

} // namespace vae

#endif // VAE_BACKENDS_VAEC_COMPILE_H
