/// From logits to tokens.
@NullMarked
package rl.ballast.rollout.sample;

import org.jspecify.annotations.NullMarked;
