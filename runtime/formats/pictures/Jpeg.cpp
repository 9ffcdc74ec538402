// Through libjpeg, whose errors leave it by longjmp: functions that call it hold nothing that needs a destructor.
#include "runtime/formats/pictures/Jpeg.h"

#include <csetjmp>
#include <cstdio> // jpeglib.h wants FILE and size_t

#include <jerror.h>
#include <jpeglib.h>

namespace vae::runtime {
namespace {

// A flat picture takes a bit for 64 pixels. libjpeg would make up what is missing from one that promises more.
constexpr uint64_t maxGain = 1024;

struct JpegDecoder {
  jpeg_decompress_struct jpeg{};
  jpeg_error_mgr errors{};
  std::jmp_buf way{};
  char message[JMSG_LENGTH_MAX] = "";
  Picture picture;

  JpegDecoder() { jpeg.err = jpeg_std_error(&errors); }
  ~JpegDecoder() { jpeg_destroy_decompress(&jpeg); }
  JpegDecoder(const JpegDecoder &) = delete;
  JpegDecoder &operator=(const JpegDecoder &) = delete;
};

[[noreturn]] void leaveJpeg(j_common_ptr jpeg) {
  JpegDecoder &decoder = *static_cast<JpegDecoder *>(jpeg->client_data);
  jpeg->err->format_message(jpeg, decoder.message);
  std::longjmp(decoder.way, 1);
}

/// The bytes are all there from the start, so asking for more means that the file is cut short.
boolean endOfFile(j_decompress_ptr jpeg) {
  ERREXIT(jpeg, JERR_INPUT_EOF);
  return FALSE;
}

/// False with a message, or with the header read.
bool readJpegHeader(JpegDecoder &decoder, std::span<const std::byte> bytes) {
  decoder.errors.error_exit = leaveJpeg;
  decoder.errors.emit_message = [](j_common_ptr, int) {};
  decoder.jpeg.client_data = &decoder;
  if (setjmp(decoder.way) != 0)
    return false;
  jpeg_create_decompress(&decoder.jpeg);
  jpeg_mem_src(&decoder.jpeg, reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size());
  decoder.jpeg.src->fill_input_buffer = endOfFile;
  decoder.jpeg.mem->max_memory_to_use = static_cast<long>(2 * maxPictureBytes);
  jpeg_read_header(&decoder.jpeg, TRUE);
  return true;
}

/// False with a message, or with all rows read.
bool readJpegRows(JpegDecoder &decoder) {
  if (setjmp(decoder.way) != 0)
    return false;
  jpeg_decompress_struct &jpeg = decoder.jpeg;
  jpeg.out_color_space = jpeg.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_start_decompress(&jpeg);
  const size_t rowBytes = static_cast<size_t>(decoder.picture.width * decoder.picture.channels);
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW row = decoder.picture.pixels.data() + jpeg.output_scanline * rowBytes;
    jpeg_read_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_decompress(&jpeg);
  return true;
}

Result<Picture> decodeJpeg(std::span<const std::byte> bytes) {
  JpegDecoder decoder;
  if (!readJpegHeader(decoder, bytes))
    return invalidFile("not a readable jpeg file: ", decoder.message);
  if (decoder.jpeg.num_components != 1 && decoder.jpeg.num_components != 3)
    return fail(StatusCode::unsupported, "a jpeg file of ", decoder.jpeg.num_components,
                " inks; `convert a.jpg -colorspace sRGB b.png` makes RGB of it");
  Picture &picture = decoder.picture;
  picture.width = decoder.jpeg.image_width;
  picture.height = decoder.jpeg.image_height;
  picture.channels = decoder.jpeg.num_components;
  const uint64_t area = static_cast<uint64_t>(picture.width * picture.height);
  if (area > bytes.size() * maxGain)
    return invalidFile("a picture of ", picture.width, " x ", picture.height, " in a jpeg file of ", bytes.size(),
                       " bytes");
  if (picture.sampleCount() > maxPictureBytes)
    return invalidFile("a picture of ", picture.width, " x ", picture.height, " is too large");
  picture.pixels.resize(picture.sampleCount());
  if (!readJpegRows(decoder))
    return invalidFile("damaged jpeg file: ", decoder.message);
  return std::move(picture);
}

} // namespace

Result<Picture> parseJpeg(std::span<const std::byte> bytes, const std::string &path) {
  Result<Picture> picture = decodeJpeg(bytes);
  return picture.ok() ? std::move(picture) : picture.status().withContext(path);
}

} // namespace vae::runtime
