/// The run's folder: layout, identity, manifests, atomic writes.
@NullMarked
package rl.ballast.protocol.store;

import org.jspecify.annotations.NullMarked;
