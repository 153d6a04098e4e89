/// How much room a run needs, from its recipe and the shape of its model.
@NullMarked
package rl.ballast.protocol.sizing;

import org.jspecify.annotations.NullMarked;
