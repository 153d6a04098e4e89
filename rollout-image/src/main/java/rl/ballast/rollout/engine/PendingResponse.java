package rl.ballast.rollout.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.wire.GenerateResponse.FinishReason;
import rl.ballast.protocol.wire.GenerateResponse.VersionSpan;
import rl.ballast.rollout.engine.GroupResult.CapturedRoutes;
import rl.ballast.rollout.sample.SampledToken;
import rl.ballast.rollout.schedule.Sequence;

/// One response in progress. Compute thread only.
final class PendingResponse {
    private final PendingGroup group;
    private final int index;
    private final Sequence sequence;
    private final List<VersionSpan> versions = new ArrayList<>();
    private final List<int[]> kept = new ArrayList<>();
    private float[] logProbs = new float[8];
    private int sampled;

    PendingResponse(PendingGroup group, int index, Sequence sequence) {
        this.group = group;
        this.index = index;
        this.sequence = sequence;
    }

    PendingGroup group() {
        return group;
    }

    Sequence sequence() {
        return sequence;
    }

    long seed() {
        return group.request().seeds()[index];
    }

    int sampled() {
        return sampled;
    }

    /// Takes the next token; returns why the response ends with it, or null if it goes on.
    @Nullable
    FinishReason take(SampledToken token, PolicyVersion version) {
        sequence.append(token.token());
        if (sampled == logProbs.length) {
            logProbs = Arrays.copyOf(logProbs, 2 * sampled);
        }
        logProbs[sampled++] = token.logProb();
        if (token.kept() != null) {
            kept.add(token.kept());
        }
        stamp(version.value());
        if (group.stopsAt(token.token())) {
            return FinishReason.STOP;
        }
        return sequence.length() == sequence.maxLength() ? FinishReason.LENGTH : null;
    }

    private void stamp(long version) {
        if (!versions.isEmpty() && versions.getLast().policyVersion() == version) {
            versions.set(
                    versions.size() - 1,
                    new VersionSpan(version, versions.getLast().tokens() + 1));
        } else {
            versions.add(new VersionSpan(version, 1));
        }
    }

    /// Hands the finished sample to the group; true if the group is complete.
    boolean finish(FinishReason reason, @Nullable CapturedRoutes routes) {
        return group.finish(
                index,
                new GroupResult.Sample(
                        sequence.response(),
                        Arrays.copyOf(logProbs, sampled),
                        versions,
                        reason,
                        kept.isEmpty() ? null : kept.toArray(new int[0][]),
                        routes));
    }
}
