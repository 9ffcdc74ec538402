// Through libpng. Its simplified interface, which reports errors by value, writes; it would turn samples by the file's
// gamma, so the full one reads, whose errors come by longjmp: functions that call it hold nothing that needs a destructor.
#include "runtime/formats/pictures/Png.h"
#include "runtime/base/AtomicFile.h"
#include "runtime/base/Checked.h"
#include "runtime/formats/stored/ByteRange.h"
#include "runtime/formats/stored/Inflate.h"

#include <bit>
#include <cstdio>
#include <cstring>

#include <png.h>

namespace vae::runtime {
namespace {

/// libpng's picture state, freed on every way out.
struct Image : png_image {
  Image() : png_image{} { version = PNG_IMAGE_VERSION; }
  ~Image() { png_image_free(this); }
  Image(const Image &) = delete;
  Image &operator=(const Image &) = delete;
};

std::optional<uint64_t> pixelBytes(int64_t width, int64_t height, int64_t channels) {
  const int64_t shape[] = {height, width, channels};
  return checkedProduct(shape);
}

struct PngReader {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::span<const std::byte> bytes; ///< still to be read
  bool ended = false;               ///< more than the file has was asked for
  char message[160] = "";

  explicit PngReader(std::span<const std::byte> bytes) : bytes(bytes) {}
  ~PngReader() { png_destroy_read_struct(&png, &info, nullptr); }
  PngReader(const PngReader &) = delete;
  PngReader &operator=(const PngReader &) = delete;
};

[[noreturn]] void leavePng(png_structp png, png_const_charp message) {
  PngReader &reader = *static_cast<PngReader *>(png_get_error_ptr(png));
  std::snprintf(reader.message, sizeof reader.message, "%s", message);
  png_longjmp(png, 1);
}

void ignoreWarning(png_structp, png_const_charp) {}

void readPngBytes(png_structp png, png_bytep out, size_t count) {
  PngReader &reader = *static_cast<PngReader *>(png_get_io_ptr(png));
  if (count > reader.bytes.size()) {
    reader.ended = true;
    png_error(png, "the file is cut short");
  }
  std::memcpy(out, reader.bytes.data(), count);
  reader.bytes = reader.bytes.subspan(count);
}

/// False with a message, or with everything before the pixels read. Of all other chunks (gamma, profiles, text) none is
/// looked at: they change no sample.
bool readPngHeader(PngReader &reader) {
  reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, leavePng, ignoreWarning);
  if (!reader.png || setjmp(png_jmpbuf(reader.png)) != 0)
    return false;
  reader.info = png_create_info_struct(reader.png);
  png_set_benign_errors(reader.png, 1);
  png_set_keep_unknown_chunks(reader.png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
  png_set_read_fn(reader.png, &reader, readPngBytes);
  png_read_info(reader.png, reader.info);
  return true;
}

/// Asks for 8 or 16 bits, RGB for a palette, and alpha where some colour is transparent.
bool choosePngFormat(PngReader &reader) {
  if (setjmp(png_jmpbuf(reader.png)) != 0)
    return false;
  png_set_expand(reader.png);
  if (std::endian::native == std::endian::little)
    png_set_swap(reader.png);
  png_set_interlace_handling(reader.png);
  png_read_update_info(reader.png, reader.info);
  return true;
}

/// False with a message, or with all pixels read.
bool readPngPixels(PngReader &reader, png_bytepp rows) {
  if (setjmp(png_jmpbuf(reader.png)) != 0)
    return false;
  png_read_image(reader.png, rows);
  return true;
}

/// False with a message where what follows the pixels is damaged, checksums above all. A file that ends right behind
/// them is taken for whole.
bool readPngRest(PngReader &reader) {
  if (setjmp(png_jmpbuf(reader.png)) != 0)
    return reader.ended;
  png_read_end(reader.png, nullptr);
  return true;
}

Result<Picture> decodePng(std::span<const std::byte> bytes) {
  PngReader reader(bytes);
  if (!readPngHeader(reader))
    return invalidFile("not a readable png file: ", reader.message);
  Picture picture;
  picture.width = png_get_image_width(reader.png, reader.info);
  picture.height = png_get_image_height(reader.png, reader.info);
  const uint64_t packed = (png_get_rowbytes(reader.png, reader.info) + 1) * static_cast<uint64_t>(picture.height);
  if (packed > bytes.size() * maxInflation || !choosePngFormat(reader))
    return invalidFile("a picture of ", picture.width, " x ", picture.height, " in a png file of ", bytes.size(),
                       " bytes");
  picture.channels = png_get_channels(reader.png, reader.info);
  picture.wide = png_get_bit_depth(reader.png, reader.info) == 16;
  std::optional<uint64_t> size = pixelBytes(picture.width, picture.height, picture.channels * (picture.wide ? 2 : 1));
  if (!size || *size > maxPictureBytes)
    return invalidFile("a picture of ", picture.width, " x ", picture.height, " is too large");
  picture.pixels.resize(static_cast<size_t>(*size));
  std::vector<png_bytep> rows;
  for (size_t y = 0; y < static_cast<size_t>(picture.height); ++y)
    rows.push_back(picture.pixels.data() + y * picture.pixels.size() / static_cast<size_t>(picture.height));
  if (!readPngPixels(reader, rows.data()) || !readPngRest(reader))
    return invalidFile("damaged png file: ", reader.message);
  return picture;
}

} // namespace

Result<Picture> parsePng(std::span<const std::byte> bytes, const std::string &path) {
  Result<Picture> picture = decodePng(bytes);
  if (!picture.ok())
    return picture.status().withContext(path);
  return picture;
}

Result<Picture> readPng(const std::string &path) {
  VAE_ASSIGN_OR_RETURN(ByteRange file, ByteRange::open(path));
  VAE_ASSIGN_OR_RETURN(HostBuffer bytes, file.load());
  return parsePng(bytes.bytes(), path);
}

Result<std::vector<std::byte>> encodePng(const Picture &picture) {
  std::optional<uint64_t> size = pixelBytes(picture.width, picture.height, picture.channels);
  bool fits =
      picture.width > 0 && picture.height > 0 && !picture.wide && (picture.channels == 1 || picture.channels == 3);
  if (!fits || !size || *size != picture.pixels.size() || *size > maxPictureBytes)
    return fail(StatusCode::invalidArgument, "a picture of ", picture.width, " x ", picture.height, " x ",
                picture.channels, " cannot be written as png");
  Image image;
  image.width = static_cast<png_uint_32>(picture.width);
  image.height = static_cast<png_uint_32>(picture.height);
  image.format = picture.channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  png_alloc_size_t length = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::vector<std::byte> bytes(length);
  if (!png_image_write_to_memory(&image, bytes.data(), &length, 0, picture.pixels.data(), 0, nullptr))
    return fail(StatusCode::internal, "cannot encode png: ", image.message);
  bytes.resize(length);
  return bytes;
}

Status writePng(const std::string &path, const Picture &picture) {
  Result<std::vector<std::byte>> bytes = encodePng(picture);
  return bytes.ok() ? writeFile(path, *bytes) : bytes.status().withContext(path);
}

} // namespace vae::runtime
