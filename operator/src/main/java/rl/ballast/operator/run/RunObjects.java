package rl.ballast.operator.run;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import rl.ballast.crds.RolloutPool;
import rl.ballast.crds.StorageSpec;
import rl.ballast.operator.objects.Flows;
import rl.ballast.operator.objects.Group;
import rl.ballast.operator.objects.GroupRenderer;
import rl.ballast.operator.objects.Labels;
import rl.ballast.operator.settings.OperatorSettings;
import rl.ballast.operator.store.ClaimRenderer;
import rl.ballast.operator.store.Claims;

/// Renders what the pods of a run share. Pure.
final class RunObjects {
    private final OperatorSettings settings;
    private final ClaimRenderer claims;
    private final Flows flows;

    RunObjects(OperatorSettings settings) {
        this.settings = settings;
        this.claims = new ClaimRenderer(settings.store());
        this.flows = new Flows(settings.network());
    }

    Service service(RunObserved observed) {
        return GroupRenderer.service(Group.ofRun(observed.run()));
    }

    /// Empty where the claim is another's: named by the spec, or a shared pool's.
    Optional<PersistentVolumeClaim> claim(RunObserved observed) {
        return observed.sharesPool()
                ? Optional.empty()
                : claims.claim(Group.ofRun(observed.run()), observed.spec().storage());
    }

    Optional<NetworkPolicy> policy(RunObserved observed) {
        if (!settings.network().policies()) {
            return Optional.empty();
        }
        List<Map<String, String>> peers = observed.sharesPool()
                ? List.of(Map.of(Labels.POOL, RunInterpretation.poolName(observed.run())))
                : List.of();
        List<Integer> more = settings.network().extraEgressPorts().orElse(List.of());
        return Optional.of(flows.policy(Group.ofRun(observed.run()), peers, OutsidePorts.of(observed.spec(), more)));
    }

    /// Only where one engine may be away and another serves.
    Optional<PodDisruptionBudget> budget(RunObserved observed, RunDecision decision) {
        return observed.sharesPool() || decision.enginesDesired() < 2
                ? Optional.empty()
                : Optional.of(GroupRenderer.budget(Group.ofRun(observed.run())));
    }

    /// Role configurations by file name.
    Map<String, String> files(RunObserved observed, String token) {
        RolloutPool pool = Objects.requireNonNull(observed.pool());
        return RunInterpretation.files(RunInterpretation.plan(
                observed.run(), pool.getSpec(), pool.getMetadata().getName(), settings, token, storeBytes(observed)));
    }

    /// Bytes that the run may use: of the claim as it is, or as it will be made. 0 if that is another's claim, or a
    /// pool's whose size only the operator's default says: the volume itself will tell.
    long storeBytes(RunObserved observed) {
        if (observed.sharesPool()) {
            StorageSpec storage =
                    Objects.requireNonNull(observed.pool()).getSpec().storage();
            return storage == null || storage.volume() == null ? 0 : claims.bytes(storage);
        }
        return claim(observed)
                .map(wanted -> Objects.requireNonNullElse(observed.claim(), wanted))
                .map(claim -> Claims.bytes(claim).longValue())
                .orElse(0L);
    }
}
