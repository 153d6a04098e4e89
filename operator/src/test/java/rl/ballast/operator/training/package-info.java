/// Training of the operator's AOT cache: a program, no test.
@NullMarked
package rl.ballast.operator.training;

import org.jspecify.annotations.NullMarked;
