/// Models: configuration, weights, tokenizers, and the forward pass on PyTorch.
@NullMarked
package rl.ballast.modeling;

import org.jspecify.annotations.NullMarked;
