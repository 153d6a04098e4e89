/// The fetch step: puts the sources of a run into its store, the same locally and as an init container.
@NullMarked
package rl.ballast.trainer.fetch;

import org.jspecify.annotations.NullMarked;
