/// A client of the engine's HTTP protocol.
@NullMarked
package rl.ballast.protocol.wire.client;

import org.jspecify.annotations.NullMarked;
