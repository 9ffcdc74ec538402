// The end of a process that cannot go on.
#ifndef VAE_BACKENDS_VAEC_QUIT_H
#define VAE_BACKENDS_VAEC_QUIT_H

namespace vae {

/// Removes temporary files, prints "vaec: <reason>", and ends the process. Needs no memory.
[[noreturn]] void quit(const char *reason, int code);

/// From now on, whatever ends the process (no memory, a fatal error of LLVM, Ctrl-C, SIGTERM) ends it so.
void catchEnds();

} // namespace vae

#endif // VAE_BACKENDS_VAEC_QUIT_H
