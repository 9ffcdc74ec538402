// Prints a kernel's code for a CPU target: kernel-to-code <file.mlir> --target=<name> --emit=<llvm|asm>. For tests of
// the code's form.
#include "tests/backends/cpu/KernelRun.h"
#include <cstdio>
#include <fstream>
#include <sstream>

int main(int argc, char **argv) {
  std::string target = "x86-64-v4", stage = "asm", path;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    if (argument.rfind("--target=", 0) == 0)
      target = argument.substr(9);
    else if (argument.rfind("--emit=", 0) == 0)
      stage = argument.substr(7);
    else
      path = argument;
  }
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  std::string error, code = vae::test::printStage(text.str(), target, stage == "asm", error);
  std::fputs(error.c_str(), stderr);
  std::fputs(code.c_str(), stdout);
  return code.empty();
}
