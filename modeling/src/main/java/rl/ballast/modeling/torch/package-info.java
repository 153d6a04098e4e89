/// The learner's execution of the model: DJL on PyTorch, with autograd.
@NullMarked
package rl.ballast.modeling.torch;

import org.jspecify.annotations.NullMarked;
