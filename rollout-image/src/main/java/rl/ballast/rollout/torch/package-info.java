/// The rollout engine's backend on PyTorch.
@NullMarked
package rl.ballast.rollout.torch;

import org.jspecify.annotations.NullMarked;
