/// Commands that show the numbers of a model, to be compared with those of another implementation.
@NullMarked
package rl.ballast.cli.numerics;

import org.jspecify.annotations.NullMarked;
