/// What a schema cannot see: doubtful combinations, and checks that need to know the model.
@NullMarked
package rl.ballast.crds.check;

import org.jspecify.annotations.NullMarked;
