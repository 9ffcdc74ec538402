// Folders of pictures, and of folders of pictures, a class each.
#ifndef VAE_RUNTIME_FORMATS_PICTURES_PICTUREFOLDER_H
#define VAE_RUNTIME_FORMATS_PICTURES_PICTUREFOLDER_H

#include "runtime/formats/pictures/PictureFit.h"

namespace vae::runtime {

/// The pictures of a folder, none of which is read yet.
struct PictureFolder {
  std::vector<std::string> files;   ///< in the order of their names; of classes, in the order of theirs
  std::vector<std::string> classes; ///< names of the folders in it, where those hold the pictures
  std::vector<int32_t> labels;      ///< by file, which of the classes; empty without classes
};

/// Lists the files that are named as pictures, in any case, but for hidden ones (".a.png"). Where there are none the
/// folders in it are classes, each with its pictures. invalidFile where there are no pictures, or none of a class.
Result<PictureFolder> listPictures(const std::string &path);

} // namespace vae::runtime

#endif // VAE_RUNTIME_FORMATS_PICTURES_PICTUREFOLDER_H
