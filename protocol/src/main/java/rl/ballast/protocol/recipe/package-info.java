/// The recipe of a run: the one set of types that the CRD, the learner and the reference maths share.
@NullMarked
package rl.ballast.protocol.recipe;

import org.jspecify.annotations.NullMarked;
