// Listing, padding, cropping.
#include "runtime/vae-run/roundtrip/RoundtripItems.h"
#include "runtime/base/File.h"
#include "runtime/formats/pictures/PictureFolder.h"

#include <algorithm>
#include <map>

namespace vae::runtime::tool {
namespace {

/// The input where its height and width may be any: pictures are padded to those that the model takes.
Field ofAnySize(Field input) {
  const size_t rank = input.shape.size();
  for (auto [back, name] : {std::pair(2, "height"), {1, "width"}})
    if (rank >= 3 && !sizeOf(input.shape[rank - back]))
      input.shape[rank - back] = name;
  return input;
}

/// How the elements of an item are pixels: as in its file where that says so, else as the input has them.
Result<PictureShape> pixelsOf(const InputFile &file, const HostTensor &item) {
  const std::vector<int64_t> &shape = file.fileShape();
  if (shape.size() == 4)
    return PictureShape{1, shape[1], shape[2], shape[3]};
  if (shape.size() == 3)
    return PictureShape{1, 1, shape[1], shape[2]};
  return pictureShape(item);
}

std::string withoutEnding(const std::string &name) {
  const size_t dot = name.rfind('.'), slash = name.rfind('/');
  return dot == std::string::npos || (slash != std::string::npos && dot < slash) ? name : name.substr(0, dot);
}

/// Where a picture stands in the folder that was named, or its own name.
std::string nameIn(const std::string &pictures, const std::string &path) {
  std::string name = isFolder(pictures) ? path.substr(pictures.size()) : path.substr(path.rfind('/') + 1);
  return name.substr(std::min(name.size(), name.find_first_not_of('/')));
}

/// "7", with zeros before it so that all have one length.
std::string numbered(uint64_t at, uint64_t count) {
  std::string number = std::to_string(at), last = std::to_string(count - 1);
  return std::string(last.size() - number.size(), '0') + number;
}

/// Two files, such as a.png and a.jpg, may come back as one.
Status checkNames(const std::vector<RoundtripItem> &items) {
  std::map<std::string, const RoundtripItem *> outputs;
  for (const RoundtripItem &item : items)
    if (auto [other, isNew] = outputs.emplace(item.output, &item); !isNew)
      return invalidArgument("'", other->second->name, "' and '", item.name, "' would both come back as '", item.output,
                             "'; rename one of them");
  return {};
}

} // namespace

Result<const InputFile *> ItemReader::openFile(const std::string &path) {
  if (open && open->path() == path)
    return &*open;
  VAE_ASSIGN_OR_RETURN(InputFile file, InputFile::open(ofAnySize(entries.input), path, options.fit));
  if (file.shape().empty() || !file.fits())
    return invalidArgument(path, " is ", shapeText(file.shape()), ", where input ", entries.input.text(),
                           " takes pictures");
  if (file.items() == 0)
    return invalidArgument(path, " has no items");
  open = std::move(file);
  return &*open;
}

Result<HostTensor> ItemReader::read(const std::string &path, uint64_t at) {
  VAE_ASSIGN_OR_RETURN(const InputFile *file, openFile(path));
  std::vector<int64_t> shape = file->shape();
  shape[0] = 1;
  VAE_ASSIGN_OR_RETURN(HostTensor tensor, HostTensor::create(file->field().element, shape));
  VAE_RETURN_IF_ERROR(file->read(at, tensor.bytes()));
  return tensor;
}

Result<std::vector<RoundtripItem>> listItems(vae_package *package, const RoundtripEntries &entries,
                                             const RoundtripOptions &options) {
  std::vector<std::string> files = {options.pictures};
  if (isFolder(options.pictures)) {
    VAE_ASSIGN_OR_RETURN(PictureFolder folder, listPictures(options.pictures));
    files = std::move(folder.files);
  }
  ItemReader reader(entries, options);
  std::vector<RoundtripItem> items;
  for (const std::string &path : files) {
    VAE_ASSIGN_OR_RETURN(const InputFile *file, reader.openFile(path));
    const std::string name = nameIn(options.pictures, path);
    for (uint64_t at = 0, count = file->items(); at < count; ++at) {
      VAE_ASSIGN_OR_RETURN(HostTensor tensor, reader.read(path, at));
      VAE_ASSIGN_OR_RETURN(PictureShape shape, pixelsOf(*file, tensor));
      RoundtripItem item{path, at, name, options.folder + "/" + withoutEnding(name) + ".png", shape, {}};
      if (count > 1) {
        item.name = name + ":" + std::to_string(at);
        item.output = options.folder + "/" + withoutEnding(name) + "-" + numbered(at, count) + ".png";
      }
      Result<RowsAndColumns> taken = sizeTaken(package, entries, {shape.height, shape.width});
      if (!taken.ok())
        return taken.status().withContext(path);
      item.taken = *taken;
      items.push_back(std::move(item));
    }
  }
  VAE_RETURN_IF_ERROR(checkNames(items));
  return items;
}

Result<HostTensor> padded(const RoundtripItem &item, const HostTensor &tensor) {
  std::vector<int64_t> shape = tensor.shape();
  const auto [height, width] = item.taken;
  if (item.isPadded()) {
    shape[shape.size() - 2] = height;
    shape[shape.size() - 1] = width;
  }
  VAE_ASSIGN_OR_RETURN(HostTensor made, HostTensor::create(ElementType::f32, shape));
  const float *from = tensor.as<float>().data();
  float *to = made.as<float>().data();
  for (int64_t c = 0; c < item.shape.channels; ++c)
    for (int64_t y = 0; y < height; ++y) {
      const float *row = from + (c * item.shape.height + std::min(y, item.shape.height - 1)) * item.shape.width;
      to = std::copy_n(row, item.shape.width, to);
      to = std::fill_n(to, width - item.shape.width, row[item.shape.width - 1]);
    }
  return made;
}

Result<HostTensor> cropped(const RoundtripItem &item, const HostTensor &tensor) {
  const auto &[count, channels, height, width] = item.shape;
  VAE_ASSIGN_OR_RETURN(HostTensor made, HostTensor::create(ElementType::f32, {1, channels, height, width}));
  float *to = made.as<float>().data();
  for (int64_t c = 0; c < channels; ++c)
    for (int64_t y = 0; y < height; ++y)
      to = std::copy_n(tensor.as<float>().data() + (c * item.taken.height + y) * item.taken.width, width, to);
  return made;
}

} // namespace vae::runtime::tool
