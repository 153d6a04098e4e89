/// The engine's HTTP protocol, version 1.
@NullMarked
package rl.ballast.protocol.wire;

import org.jspecify.annotations.NullMarked;
