/// The ballast command.
@NullMarked
package rl.ballast.cli;

import org.jspecify.annotations.NullMarked;
