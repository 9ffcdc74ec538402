// The word that was meant.
#ifndef VAE_RUNTIME_VAE_RUN_NEARESTWORD_H
#define VAE_RUNTIME_VAE_RUN_NEARESTWORD_H

#include "runtime/vae-run/Options.h"

namespace vae::runtime::tool {

/// The candidate that is fewest edits (letters put in, left out, exchanged) from `word`; empty where none is near: a
/// third of the letters may differ.
std::string nearestWord(const std::string &word, const Words &candidates);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_NEARESTWORD_H
