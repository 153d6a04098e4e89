/// The engine's HTTP server.
@NullMarked
package rl.ballast.rollout.server;

import org.jspecify.annotations.NullMarked;
