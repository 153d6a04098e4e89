@NullMarked
package rl.ballast.trainer;

import org.jspecify.annotations.NullMarked;
