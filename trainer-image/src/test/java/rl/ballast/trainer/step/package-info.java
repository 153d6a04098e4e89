@NullMarked
package rl.ballast.trainer.step;

import org.jspecify.annotations.NullMarked;
