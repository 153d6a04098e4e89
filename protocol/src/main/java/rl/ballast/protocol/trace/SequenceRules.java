package rl.ballast.protocol.trace;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// What the segments of one file must obey together: the segments of a rollout are numbered from 0 without gaps,
/// cover positions from 0 without gaps or overlaps, go forward in policy versions, and stop at the one that ends the
/// sequence. So every row has one policy version, and a row that was computed again cannot be kept twice.
final class SequenceRules {
    /// Where a rollout stands.
    ///
    /// @param complete whether every cell so far is known
    record Progress(int segments, int nextPosition, long policyVersion, boolean ended, boolean complete) {}

    private static final Progress START = new Progress(0, 0, 0, false, true);

    private final int layers;
    private final Map<String, Progress> rollouts = new HashMap<>();

    SequenceRules(int layers) {
        this.layers = layers;
    }

    /// Takes the next segment of the file, unless it breaks a rule.
    Optional<Violation> accept(SegmentHeader segment) {
        Progress before = rollouts.getOrDefault(segment.rolloutId(), START);
        Optional<Violation> broken = check(segment, before);
        if (broken.isEmpty()) {
            rollouts.put(
                    segment.rolloutId(),
                    new Progress(
                            before.segments() + 1,
                            before.nextPosition() + segment.rows(),
                            segment.policyVersion().value(),
                            segment.endsSequence(),
                            before.complete() && segment.complete()));
        }
        return broken;
    }

    /// By rollout.
    Map<String, Progress> rollouts() {
        return rollouts;
    }

    private Optional<Violation> check(SegmentHeader segment, Progress before) {
        String rollout = "rollout " + segment.rolloutId();
        if (before.ended()) {
            return violation(
                    rollout, "no segment behind the one that ends the sequence", "segment " + segment.segment());
        }
        if (segment.segment() != before.segments()) {
            return violation(rollout + " segment number", before.segments(), segment.segment());
        }
        if (segment.firstPosition() != before.nextPosition()) {
            return violation(rollout + " firstPosition", before.nextPosition(), segment.firstPosition());
        }
        long version = segment.policyVersion().value();
        if (version < before.policyVersion()) {
            return violation(rollout + " policyVersion", "at least " + before.policyVersion(), version);
        }
        TraceSource source = segment.source();
        if ((long) source.prefixHitRows() + source.externalRows() > segment.rows()) {
            return violation(
                    rollout + " source rows",
                    "at most %d".formatted(segment.rows()),
                    "%d prefix hits and %d external".formatted(source.prefixHitRows(), source.externalRows()));
        }
        long external = segment.unknown().getOrDefault(UnknownReason.EXTERNAL_KV, 0);
        if (external != (long) source.externalRows() * layers) {
            return violation(
                    rollout + " unknown EXTERNAL_KV",
                    "%d external rows of %d layers".formatted(source.externalRows(), layers),
                    external + " cells");
        }
        return Optional.empty();
    }

    private static Optional<Violation> violation(String field, Object expected, Object found) {
        return Optional.of(Violation.of(field, expected, found));
    }
}
