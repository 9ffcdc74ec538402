// Listing, with classes.
#include "runtime/formats/pictures/PictureFolder.h"
#include "runtime/base/File.h"

#include <algorithm>

namespace vae::runtime {

static std::string_view nameOf(std::string_view path) { return path.substr(path.rfind('/') + 1); }

static bool isHidden(const std::string &path) { return nameOf(path).starts_with('.'); }

static Result<std::vector<std::string>> picturesIn(const std::string &folder) {
  VAE_ASSIGN_OR_RETURN(std::vector<std::string> files, listFolder(folder, FolderPart::files));
  std::erase_if(files, [](const std::string &file) { return isHidden(file) || !hasPictureEnding(file); });
  return files;
}

Result<PictureFolder> listPictures(const std::string &path) {
  PictureFolder folder;
  VAE_ASSIGN_OR_RETURN(folder.files, picturesIn(path));
  VAE_ASSIGN_OR_RETURN(std::vector<std::string> classes, listFolder(path, FolderPart::folders));
  std::erase_if(classes, isHidden);
  if (!folder.files.empty()) {
    for (const std::string &one : classes) {
      VAE_ASSIGN_OR_RETURN(std::vector<std::string> inside, picturesIn(one));
      if (!inside.empty())
        return invalidFile(path, ": has pictures of its own, as ", nameOf(folder.files[0]),
                           ", and a class of pictures, ", nameOf(one),
                           "; put each picture into a class, or name one folder");
    }
    return folder;
  }
  for (const std::string &one : classes) {
    VAE_ASSIGN_OR_RETURN(std::vector<std::string> files, picturesIn(one));
    if (files.empty())
      return invalidFile(one, ": a class without ", pictureEndings(), " files");
    folder.labels.insert(folder.labels.end(), files.size(), static_cast<int32_t>(folder.classes.size()));
    folder.files.insert(folder.files.end(), files.begin(), files.end());
    folder.classes.emplace_back(nameOf(one));
  }
  if (folder.files.empty())
    return invalidFile(path, ": a folder without ", pictureEndings(), " files");
  return folder;
}

} // namespace vae::runtime
