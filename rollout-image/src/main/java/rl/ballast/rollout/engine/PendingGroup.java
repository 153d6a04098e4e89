package rl.ballast.rollout.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import rl.ballast.rollout.sample.SamplingRule;

/// A request in progress. Compute thread only, but for the future.
final class PendingGroup {
    private final GroupRequest request;
    private final SamplingRule rule;
    private final CompletableFuture<GroupResult> future;
    private final List<PendingResponse> responses = new ArrayList<>();
    private final GroupResult.@Nullable Sample[] samples;
    private int open;

    PendingGroup(GroupRequest request, CompletableFuture<GroupResult> future) {
        this.request = request;
        this.rule = new SamplingRule(request.temperature(), request.topK(), request.topP());
        this.future = future;
        this.samples = new GroupResult.Sample[request.seeds().length];
        this.open = samples.length;
    }

    GroupRequest request() {
        return request;
    }

    SamplingRule rule() {
        return rule;
    }

    CompletableFuture<GroupResult> future() {
        return future;
    }

    List<PendingResponse> responses() {
        return responses;
    }

    boolean stopsAt(int token) {
        for (int stop : request.stopTokens()) {
            if (stop == token) {
                return true;
            }
        }
        return false;
    }

    /// Keeps a finished sample; true if it was the last.
    boolean finish(int index, GroupResult.Sample sample) {
        if (samples[index] != null) {
            throw new IllegalStateException("sample %d finished twice".formatted(index));
        }
        samples[index] = sample;
        return --open == 0;
    }

    GroupResult result() {
        List<GroupResult.Sample> all = new ArrayList<>();
        for (GroupResult.Sample sample : samples) {
            if (sample == null) {
                throw new IllegalStateException("request '%s' is not finished".formatted(request.requestId()));
            }
            all.add(sample);
        }
        return new GroupResult(request.requestId(), all);
    }
}
