#pragma once
#include <vector>

#include "support/finite_difference.hpp"

namespace whylight::test {

// The derivative cases of each family of operators, one file for each; `cases.cpp` lists them.
std::vector<OpCase> activation_cases();
std::vector<OpCase> arithmetic_cases();
std::vector<OpCase> convolution_cases();
std::vector<OpCase> linear_cases();
std::vector<OpCase> constant_cases();
std::vector<OpCase> gather_cases();
std::vector<OpCase> internal_cases();
std::vector<OpCase> movement_cases();
std::vector<OpCase> slicing_cases();
std::vector<OpCase> normalisation_cases();
std::vector<OpCase> pooling_cases();
std::vector<OpCase> quantisation_cases();
std::vector<OpCase> reduction_cases();
std::vector<OpCase> resize_cases();
std::vector<OpCase> function_cases();
std::vector<OpCase> line_cases();
std::vector<OpCase> einsum_cases();
std::vector<OpCase> attention_cases();
std::vector<OpCase> recurrent_cases();

// All of them.
std::vector<OpCase> all_cases();

}  // namespace whylight::test
