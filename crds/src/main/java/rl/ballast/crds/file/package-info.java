/// Run files as people write them: YAML in, checked and defaulted records out.
@NullMarked
package rl.ballast.crds.file;

import org.jspecify.annotations.NullMarked;
