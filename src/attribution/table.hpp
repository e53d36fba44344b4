#pragma once
#include "attribution/job.hpp"
#include "perturb/fill.hpp"

namespace whylight {

// The rows, each in the file of its method.
extern const Method gradient_method;
extern const Method gradient_x_input_method;
extern const Method integrated_gradients_method;
extern const Method smoothgrad_method;
extern const Method guided_backprop_method;
extern const Method deconvnet_method;
extern const Method grad_cam_method;
extern const Method occlusion_method;
extern const Method lrp_method;

// Options that mean the same everywhere.
inline constexpr Option absolute_option{.name = "absolute",
                                        .kind = OptionKind::flag,
                                        .fallback = "false",
                                        .help = "give the size of each value without its sign"};

}  // namespace whylight
