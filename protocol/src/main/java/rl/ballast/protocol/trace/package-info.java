/// Routing traces: which experts the router chose, per token and layer.
@NullMarked
package rl.ballast.protocol.trace;

import org.jspecify.annotations.NullMarked;
