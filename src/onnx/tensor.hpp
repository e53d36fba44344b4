#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "onnx/source.hpp"
#include "tensor/tensor.hpp"

namespace whylight {

// One of ONNX's element types (TensorProto.DataType) and how it is kept here.
struct ElementType {
  int code;
  std::string_view name;  // as ONNX writes it in lower case
  Type type;
};

// The row of a type code, or null when tensors of that type cannot be read (text, complex, 8-bit floats, 4-bit
// integers).
const ElementType* find_element_type(int code);

// A TensorProto: an initialiser, an attribute, or a stored input of a test case.
struct NamedTensor {
  std::string name;
  Tensor tensor;
  int onnx_type = 0;
};

// Reads a TensorProto; its raw data goes straight from the source to the tensor, as does what lies in a file beside.
// Throws Error when it is not well formed, its bytes do not fit its shape, its type is not among those read, or its
// content lies in a file that was not given.
NamedTensor read_tensor(onnx::Window& window, const onnx::Piece& message);
NamedTensor read_tensor(std::span<const std::byte> message);

}  // namespace whylight
