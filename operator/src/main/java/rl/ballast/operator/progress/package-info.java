/// Reads the progress of learners over HTTP; a slow or dead one blocks nothing.
@NullMarked
package rl.ballast.operator.progress;

import org.jspecify.annotations.NullMarked;
