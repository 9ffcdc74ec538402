// What passes report, as constants named like the lines of Messages.def.
#ifndef VAE_PASSES_MESSAGES_H
#define VAE_PASSES_MESSAGES_H

#include "ir/program/Message.h"

namespace vae::messages {

#define VAE_MESSAGE(name, format) inline constexpr MessageKind name{#name, format};
#include "passes/Messages.def"

} // namespace vae::messages

#endif // VAE_PASSES_MESSAGES_H
