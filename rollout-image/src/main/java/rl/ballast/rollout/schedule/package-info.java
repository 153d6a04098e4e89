/// Which rows run next. No tensors.
@NullMarked
package rl.ballast.rollout.schedule;

import org.jspecify.annotations.NullMarked;
