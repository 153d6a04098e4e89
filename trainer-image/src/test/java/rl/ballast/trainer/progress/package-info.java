@NullMarked
package rl.ballast.trainer.progress;

import org.jspecify.annotations.NullMarked;
