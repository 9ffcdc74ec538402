// The pictures of a roundtrip: what they are called, and how they are made to fit and cut back.
#ifndef VAE_RUNTIME_VAE_RUN_ROUNDTRIP_ROUNDTRIPITEMS_H
#define VAE_RUNTIME_VAE_RUN_ROUNDTRIP_ROUNDTRIPITEMS_H

#include "runtime/formats/pictures/PictureGrid.h"
#include "runtime/vae-run/inputs/InputFile.h"
#include "runtime/vae-run/roundtrip/RoundtripEntries.h"

namespace vae::runtime::tool {

struct RoundtripOptions {
  ModelOptions model;
  std::string pictures; ///< a folder, a picture, or a file of a batch
  std::string folder;   ///< where the pictures that come back go
  WantedEntries entries;
  PictureFit fit;
  bool json = false;
};

/// A picture that goes in.
struct RoundtripItem {
  std::string path;   ///< of its file
  uint64_t at = 0;    ///< its place in there
  std::string name;   ///< as it is shown
  std::string output; ///< where what comes back goes
  PictureShape shape;
  RowsAndColumns taken; ///< what the model is given

  bool isPadded() const { return taken != RowsAndColumns{shape.height, shape.width}; }
};

/// All pictures, each of them read once, so that what is wrong with any of them is met before the first one runs.
Result<std::vector<RoundtripItem>> listItems(vae_package *package, const RoundtripEntries &entries,
                                             const RoundtripOptions &options);

/// Reads items, of which those of one file come one after the other.
class ItemReader {
public:
  ItemReader(const RoundtripEntries &entries, const RoundtripOptions &options) : entries(entries), options(options) {}
  /// A batch of one, in the range that the input declares.
  Result<HostTensor> read(const std::string &path, uint64_t at);
  /// The file of the last item.
  const InputFile &file() const { return *open; }
  /// The file, opened for the items that follow.
  Result<const InputFile *> openFile(const std::string &path);

private:
  const RoundtripEntries &entries;
  const RoundtripOptions &options;
  std::optional<InputFile> open;
};

/// The item with its last row and column repeated up to the size that the model takes.
Result<HostTensor> padded(const RoundtripItem &item, const HostTensor &tensor);
/// The part of a padded picture that the item was, as [1, channels, height, width].
Result<HostTensor> cropped(const RoundtripItem &item, const HostTensor &tensor);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_ROUNDTRIP_ROUNDTRIPITEMS_H
