@NullMarked
package rl.ballast.trainer.store;

import org.jspecify.annotations.NullMarked;
