package rl.ballast.rollout.engine;

import rl.ballast.protocol.PolicyVersion;

/// The deviation of the first version of a run that was proved by its behaviour: what later ones are held against.
/// Called on the compute thread.
@FunctionalInterface
public interface BehaviourBase {

    /// @param deviation of `version`; it is the base from now on if there is none yet
    /// @return the base
    double orFirst(PolicyVersion version, double deviation);

    /// A base that lives as long as the engine.
    static BehaviourBase inMemory() {
        return new BehaviourBase() {
            private double base = Double.NaN;

            @Override
            public double orFirst(PolicyVersion version, double deviation) {
                if (Double.isNaN(base)) {
                    base = deviation;
                }
                return base;
            }
        };
    }
}
