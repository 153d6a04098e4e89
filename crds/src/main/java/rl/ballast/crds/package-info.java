/// The custom resources as Java records.
@NullMarked
package rl.ballast.crds;

import org.jspecify.annotations.NullMarked;
