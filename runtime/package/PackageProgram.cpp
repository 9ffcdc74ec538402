// Looking things up in a program, and showing them.
#include "runtime/package/PackageProgram.h"

namespace vae::runtime {

uint32_t PackageProgram::root(uint32_t index) const {
  while (buffers[index].reshapeOf >= 0)
    index = static_cast<uint32_t>(buffers[index].reshapeOf);
  return index;
}

std::string typeText(const PackageProgram &program, const Buffer &buffer) {
  std::string text = concat(elementName(buffer.element), "[");
  for (size_t i = 0; i < buffer.shape.size(); ++i)
    text += (i ? ", " : "") + buffer.shape[i].text(program.symbols);
  return text + "]";
}

} // namespace vae::runtime
