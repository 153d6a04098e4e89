/// What an administrator sets: images, limits, intervals.
@NullMarked
package rl.ballast.operator.settings;

import org.jspecify.annotations.NullMarked;
