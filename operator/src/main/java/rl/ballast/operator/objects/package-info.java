/// Renders and applies the objects beside the pods: service, claim, secret, network policy, disruption budget.
@NullMarked
package rl.ballast.operator.objects;

import org.jspecify.annotations.NullMarked;
