// What the program dialect reports, as constants named like the lines of Messages.def.
#ifndef VAE_IR_PROGRAM_MESSAGES_H
#define VAE_IR_PROGRAM_MESSAGES_H

#include "ir/program/Message.h"

namespace vae::messages {

#define VAE_MESSAGE(name, format) inline constexpr MessageKind name{#name, format};
#include "ir/program/Messages.def"

} // namespace vae::messages

#endif // VAE_IR_PROGRAM_MESSAGES_H
