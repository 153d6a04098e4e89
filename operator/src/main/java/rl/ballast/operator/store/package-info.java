/// What a run needs on its volume, and which claim it uses.
@NullMarked
package rl.ballast.operator.store;

import org.jspecify.annotations.NullMarked;
