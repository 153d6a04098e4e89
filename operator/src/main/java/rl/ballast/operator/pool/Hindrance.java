package rl.ballast.operator.pool;

import rl.ballast.operator.objects.ObjectRefused;
import rl.ballast.operator.status.Phase;

/// What keeps a pool from being as it should.
///
/// @param phase for people
/// @param holdsUp whether new pods, and a new holder, have to wait for it
record Hindrance(Phase phase, boolean holdsUp) {
    static Hindrance of(ObjectRefused refused) {
        return new Hindrance(refused.phase(), refused.holdsUp());
    }

    /// As the reason why there are no new pods.
    Phase.Blocked blocked() {
        return new Phase.Blocked(phase.reason(), phase.message());
    }
}
