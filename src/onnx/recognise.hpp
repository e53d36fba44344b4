#pragma once
#include <cstddef>
#include <span>
#include <string_view>

namespace whylight::onnx {

// What bytes that are certainly no ONNX model seem to be, as half a sentence that helps ("this is a web page, …");
// empty when they may be a model. Goes by the first bytes, as file(1) does.
std::string_view foreign_format(std::span<const std::byte> bytes);

}  // namespace whylight::onnx
