package rl.ballast.modeling.torch;

import ai.djl.ndarray.NDArray;

/// One weight of the model as views on the parameter store: changes of the store are seen at once.
///
/// @param value the weight
/// @param transposed a matrix `[out, in]` as `[in, out]`; a vector as it is
/// @param gradient the slice of the gradient buffer
record Parameter(String name, NDArray value, NDArray transposed, NDArray gradient) {}
