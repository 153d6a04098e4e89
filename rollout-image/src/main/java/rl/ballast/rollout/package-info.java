/// The rollout engine.
@NullMarked
package rl.ballast.rollout;

import org.jspecify.annotations.NullMarked;
