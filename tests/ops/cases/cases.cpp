#include "ops/cases/cases.hpp"

namespace whylight::test {

std::vector<OpCase> all_cases() {
  std::vector<OpCase> all;
  for (const auto family : {
           activation_cases, arithmetic_cases,   constant_cases,  convolution_cases, gather_cases,
           internal_cases,   linear_cases,       movement_cases,  slicing_cases,     normalisation_cases,
           pooling_cases,    quantisation_cases, reduction_cases, resize_cases,      function_cases,
           line_cases,       einsum_cases,       attention_cases, recurrent_cases,
       })
    for (auto& test : family()) all.push_back(std::move(test));
  return all;
}

}  // namespace whylight::test
