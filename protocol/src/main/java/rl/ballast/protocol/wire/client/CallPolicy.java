package rl.ballast.protocol.wire.client;

import java.time.Duration;

/// How long a call may take and how long an unreachable engine is tried again.
///
/// @param connect limit of one connection attempt
/// @param generate limit of one attempt at `/v1/rollouts`
/// @param weights limit of one attempt at `/v1/weights`: loading and verifying
/// @param control limit of one attempt at every other call
/// @param keepTrying from the first attempt on, an unavailable engine is tried again until this has passed; zero tries
/// once
/// @param firstDelay pause after the first failure; doubles up to `maxDelay`
public record CallPolicy(
        Duration connect,
        Duration generate,
        Duration weights,
        Duration control,
        Duration keepTrying,
        Duration firstDelay,
        Duration maxDelay) {
    public CallPolicy {
        for (Duration positive : new Duration[] {connect, generate, weights, control, firstDelay, maxDelay}) {
            if (positive.isZero() || positive.isNegative()) {
                throw new IllegalArgumentException("call policy: every limit must be positive, found " + positive);
            }
        }
        if (keepTrying.isNegative()) {
            throw new IllegalArgumentException("call policy: keepTrying must not be negative, found " + keepTrying);
        }
    }

    /// For a learner: generation may take half an hour, an engine has two minutes to come back.
    public static CallPolicy learner() {
        return new CallPolicy(
                Duration.ofSeconds(5),
                Duration.ofMinutes(30),
                Duration.ofMinutes(10),
                Duration.ofSeconds(30),
                Duration.ofMinutes(2),
                Duration.ofMillis(100),
                Duration.ofSeconds(2));
    }

    /// The same limits with another patience for an engine that cannot be reached.
    public CallPolicy keepTrying(Duration patience) {
        return new CallPolicy(connect, generate, weights, control, patience, firstDelay, maxDelay);
    }
}
