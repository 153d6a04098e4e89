/// The configuration file of each role, written by the plan function and read by the process.
@NullMarked
package rl.ballast.protocol.role;

import org.jspecify.annotations.NullMarked;
