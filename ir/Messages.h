// What the vae dialect reports, as constants named like the lines of Messages.def.
#ifndef VAE_IR_MESSAGES_H
#define VAE_IR_MESSAGES_H

#include "ir/program/Message.h"

namespace vae::messages {

#define VAE_MESSAGE(name, format) inline constexpr MessageKind name{#name, format};
#include "ir/Messages.def"

} // namespace vae::messages

#endif // VAE_IR_MESSAGES_H
