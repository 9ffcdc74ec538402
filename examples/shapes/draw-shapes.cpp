// Writes a set of coloured pictures of shapes as .npy files.
#include "examples/DrawingTool.h"
#include "examples/shapes/Draw.h"
#include "runtime/formats/Npy.h"

using namespace vae;

int main(int argc, char **argv) {
  return examples::runDrawingTool({"draw-shapes",
                                   "draws coloured shapes, 32x32 RGB, as .npy files of bytes",
                                   "pictures, u8 [count, 3, 32, 32]",
                                   "classes 0 to 5 of the shapes in front, u8 [count]",
                                   {shapes::channels, shapes::side, shapes::side},
                                   shapes::drawShapes,
                                   runtime::writeNpy},
                                  argc, argv);
}
