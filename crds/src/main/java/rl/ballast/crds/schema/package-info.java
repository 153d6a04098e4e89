/// The structural schema of the custom resources, applied as the API server applies it: defaults, structural rules,
/// CEL.
@NullMarked
package rl.ballast.crds.schema;

import org.jspecify.annotations.NullMarked;
