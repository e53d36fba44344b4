#pragma once
#include "ops/op.hpp"

namespace whylight {

// The functions behind the rows of normalisation.cpp that have files of their own.

// softmax.cpp: along one axis; `flat` as before opset 13, over all axes from `axis` on together.
void infer_softmax(Inference& inference);
void forward_softmax(const Call& call);
void backward_softmax(const Call& call);
void forward_log_softmax(const Call& call);
void backward_log_softmax(const Call& call);

// standardise.cpp: (x - mean) / deviation, over the axes and groups that each operator says.
void infer_instance_normalisation(Inference& inference);
void forward_instance_normalisation(const Call& call);
void backward_instance_normalisation(const Call& call);
void infer_layer_normalisation(Inference& inference);
void forward_layer_normalisation(const Call& call);
void backward_layer_normalisation(const Call& call);
void infer_group_normalisation(Inference& inference);
void forward_group_normalisation(const Call& call);
void backward_group_normalisation(const Call& call);
void infer_mean_variance_normalisation(Inference& inference);
void forward_mean_variance_normalisation(const Call& call);
void backward_mean_variance_normalisation(const Call& call);

}  // namespace whylight
