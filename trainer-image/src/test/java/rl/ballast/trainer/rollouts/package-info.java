@NullMarked
package rl.ballast.trainer.rollouts;

import org.jspecify.annotations.NullMarked;
