/// `ballast run`: engine and learner as child processes on this machine.
@NullMarked
package rl.ballast.cli.run;

import org.jspecify.annotations.NullMarked;
