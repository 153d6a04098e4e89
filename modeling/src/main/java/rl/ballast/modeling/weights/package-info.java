/// Weights: safetensors, served precisions, manifests.
@NullMarked
package rl.ballast.modeling.weights;

import org.jspecify.annotations.NullMarked;
