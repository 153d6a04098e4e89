/// The model written down once more, plainly and in double: the oracle of the fast backends.
@NullMarked
package rl.ballast.rollout.reference;

import org.jspecify.annotations.NullMarked;
