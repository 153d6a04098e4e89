/// Policy versions: publishing, announcing, removing.
@NullMarked
package rl.ballast.trainer.publish;

import org.jspecify.annotations.NullMarked;
