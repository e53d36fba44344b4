#include "onnx/recognise.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace whylight::onnx {

namespace {

using namespace std::string_view_literals;

struct Format {
  std::size_t offset;
  std::string_view magic;  // in lower case where `text`
  bool text;               // compare without regard to case, after leading white space
  std::string_view sentence;
};

constexpr std::string_view web_page = "this is a web page, not an ONNX model; the download address may be wrong";

constexpr std::array formats{
    Format{0, "<!doctype"sv, true, web_page},
    Format{0, "<html"sv, true, web_page},
    Format{0, "<?xml"sv, true, "this is an XML file, not an ONNX model"},
    Format{0, "version https://git-lfs"sv, true,
           "this is a Git LFS pointer, not the ONNX model itself; fetch it with git lfs pull"},
    Format{0, "{"sv, true, "this is a JSON file, not an ONNX model"},
    Format{0, "\x89HDF\r\n\x1a\n"sv, false, "this is a Keras or HDF5 file, not an ONNX model; convert it with tf2onnx"},
    Format{4, "TFL3"sv, false, "this is a TensorFlow Lite model, not an ONNX model; convert it with tf2onnx"},
    Format{4, "ORTM"sv, false, "this is a model in ONNX Runtime's own format; give the .onnx file it was made from"},
    Format{0, "PK\x03\x04"sv, false,
           "this is a zip archive (as PyTorch and Keras save models), not an ONNX model; export it with "
           "torch.onnx.export or "
           "tf2onnx, or unpack it"},
    Format{0, "\x80\x02"sv, false,
           "this is a Python pickle (an older PyTorch file), not an ONNX model; use torch.onnx.export"},
    Format{0, "\x80\x04"sv, false, "this is a Python pickle, not an ONNX model; export the model to ONNX"},
    Format{0, "\x80\x05"sv, false, "this is a Python pickle, not an ONNX model; export the model to ONNX"},
    Format{0, "\x1f\x8b"sv, false, "this is a gzip file; unpack it first"},
    Format{0, "\x93NUMPY"sv, false, "this is a NumPy array, not an ONNX model"},
    Format{0, "\x89PNG"sv, false, "this is a picture (PNG), not an ONNX model"},
    Format{0, "\xff\xd8\xff"sv, false, "this is a picture (JPEG), not an ONNX model"},
    Format{0, "GGUF"sv, false, "this is a GGUF file, not an ONNX model"},
    Format{0, "%PDF"sv, false, "this is a PDF file, not an ONNX model"},
};

bool matches(const Format& format, std::string_view head) {
  if (format.text) {
    const auto start = head.find_first_not_of(" \t\r\n\xef\xbb\xbf"sv);
    head.remove_prefix(std::min(start, head.size()));
  }
  if (head.size() < format.offset + format.magic.size()) return false;
  return std::equal(format.magic.begin(), format.magic.end(), head.begin() + static_cast<std::ptrdiff_t>(format.offset),
                    [&](char magic, char found) {
                      return magic ==
                             (format.text ? static_cast<char>(std::tolower(static_cast<unsigned char>(found))) : found);
                    });
}

}  // namespace

std::string_view foreign_format(std::span<const std::byte> bytes) {
  if (bytes.empty()) return "the file is empty";
  constexpr std::size_t enough = 64;
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()), std::min(bytes.size(), enough));
  for (const auto& format : formats)
    if (matches(format, head)) return format.sentence;
  return {};
}

}  // namespace whylight::onnx
