// Writes a set of drawn digits as IDX files, in MNIST's shape.
#include "examples/DrawingTool.h"
#include "examples/digits/Draw.h"
#include "runtime/formats/Idx.h"

using namespace vae;

int main(int argc, char **argv) {
  return examples::runDrawingTool({"draw-digits",
                                   "draws handwritten-looking digits, 28x28 grey, as IDX files like MNIST's",
                                   "pictures, gzipped where the name ends in .gz",
                                   "classes 0 to 9, gzipped where the name ends in .gz",
                                   {digits::side, digits::side},
                                   digits::drawDigit,
                                   runtime::writeIdx},
                                  argc, argv);
}
