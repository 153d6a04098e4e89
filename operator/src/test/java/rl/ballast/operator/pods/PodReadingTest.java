package rl.ballast.operator.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import rl.ballast.operator.objects.Labels;
import rl.ballast.protocol.wire.LastWord;

/// Pods as the kubelet, the scheduler and the eviction API leave them.
class PodReadingTest {
    private static final String WORD = """
            {"exitCode":%d,"reason":"%s","retryable":%s,"step":7,"policyVersion":8,"message":"%s"}""";

    @Test
    void aPodThatWaitsForAVolumeIsNotOneThatFitsNowhere() {
        String unbound = "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.";
        assertThat(state(unschedulable(unbound))).isEqualTo(new PodState.Waiting("VolumePending", unbound, true));
        String full = "0/1 nodes are available: 1 Insufficient cpu.";
        assertThat(state(unschedulable(full))).isEqualTo(new PodState.Waiting("Unschedulable", full, true));
    }

    @ParameterizedTest
    @CsvSource({
        "ContainerCreating, false",
        "PodInitializing, false",
        "ErrImagePull, true",
        "ImagePullBackOff, true",
        "InvalidImageName, true",
        "CreateContainerConfigError, true",
    })
    void aWaitingContainerSaysWhy(String reason, boolean stuck) {
        Pod pod = pod("Pending", null, container("learner", waiting(reason)));

        assertThat(state(pod)).isEqualTo(new PodState.Waiting(reason, "container learner: because", stuck));
        assertThat(PodReading.busy(pod)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        // Codes of Ballast.
        "1, Error, INTERNAL, true",
        "65, Error, CORRUPT, false",
        "66, Error, TRACE_CORRUPT, false",
        "67, Error, ROUTES_MISSING, false",
        "70, Error, NUMERICS, false",
        "73, Error, STORE_REFUSED, false",
        "74, Error, STORE_IO, true",
        "75, Error, UNAVAILABLE, true",
        "76, Error, REPLACED, false",
        "78, Error, CONFIGURATION, false",
        "143, Error, STOPPED, true",
        // Codes of others.
        "137, OOMKilled, OOMKilled, true",
        "137, Error, ExitCode137, true",
        "1, OOMKilled, OOMKilled, true",
        "128, StartError, StartError, true",
    })
    void anExitCodeHasANameAndSaysWhetherToTryAgain(int code, String kubelet, String reason, boolean retryable) {
        Ending ending =
                ending(pod("Failed", null, container("learner", terminated(code, kubelet, "log line\nlast line"))));

        assertThat(ending.reason()).isEqualTo(reason);
        assertThat(ending.exitCode()).isEqualTo(code);
        assertThat(ending.disruption()).isFalse();
        assertThat(ending.retryable()).isEqualTo(retryable);
        assertThat(ending.message()).isEqualTo("container learner ended with exit code %d: last line".formatted(code));
    }

    @Test
    void theLastWordIsReadFromTheTerminationMessage() {
        Ending ending = ending(pod(
                "Failed",
                null,
                container("learner", terminated(75, "Error", WORD.formatted(75, "UNAVAILABLE", false, "no engine")))));

        assertThat(ending.message()).isEqualTo("container learner ended with exit code 75: no engine");
        assertThat(ending.retryable()).as("the word says so").isFalse();
        assertThat(ending.word()).extracting(LastWord::step).isEqualTo(7);

        assertThat(state(pod(
                        "Succeeded",
                        null,
                        container("learner", terminated(0, "Completed", WORD.formatted(0, "COMPLETE", true, "done"))))))
                .isInstanceOfSatisfying(
                        PodState.Succeeded.class,
                        done -> assertThat(done.word())
                                .extracting(LastWord::step)
                                .isEqualTo(7));
    }

    @Test
    void anInitContainerEndsThePod() {
        Pod pod = pod("Failed", null, container("learner", waiting("PodInitializing")));
        pod.getStatus().getInitContainerStatuses().add(container("fetch", terminated(78, "Error", "no such key")));

        assertThat(ending(pod).message()).isEqualTo("container fetch ended with exit code 78: no such key");
        assertThat(ending(pod).retryable()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PreemptionByScheduler",
                "EvictionByEvictionAPI",
                "DeletionByTaintManager",
                "DeletionByPodGC",
                "TerminationByKubelet"
            })
    void whatEndsAPodFromOutsideIsADisruption(String reason) {
        Pod pod = pod(
                "Failed",
                "Evicted",
                container("learner", terminated(78, "Error", WORD.formatted(78, "CONFIGURATION", false, "?"))));
        pod.getStatus()
                .getConditions()
                .add(new PodConditionBuilder()
                        .withType("DisruptionTarget")
                        .withStatus("True")
                        .withReason(reason)
                        .build());

        Ending ending = ending(pod);
        assertThat(ending.disruption()).isTrue();
        assertThat(ending.reason()).isEqualTo("Evicted");
        assertThat(ending.message()).isEqualTo("said of the pod");
        assertThat(ending.retryable()).isTrue();
        assertThat(ending.exitCode()).isNull();
        assertThat(ending.word())
                .as("steps that it trained")
                .extracting(LastWord::step)
                .isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(strings = {"NodeLost", "NodeShutdown", "Terminated", "Shutdown"})
    void aLostNodeIsADisruption(String reason) {
        assertThat(ending(pod("Failed", reason)).disruption()).isTrue();
    }

    /// Evicted for its own use of local storage, and turned away by a node.
    @ParameterizedTest
    @ValueSource(strings = {"Evicted", "OutOfcpu", "NodeAffinity", "UnexpectedAdmissionError"})
    void whatAPodHasItselfToBlameForIsNone(String reason) {
        Ending ending = ending(pod("Failed", reason));

        assertThat(ending.disruption()).isFalse();
        assertThat(ending.reason()).isEqualTo(reason);
        assertThat(ending.retryable()).isTrue();
    }

    @Test
    void aLearnersPodEndsWithItsLearner() {
        Pod done = pod(
                "Running",
                null,
                container("sidecar", running()),
                container("learner", terminated(0, "Completed", WORD.formatted(0, "COMPLETE", true, "done"))));
        assertThat(state(done))
                .isInstanceOfSatisfying(
                        PodState.Succeeded.class,
                        end -> assertThat(end.word()).extracting(LastWord::step).isEqualTo(7));
        assertThat(PodReading.busy(done)).isTrue();

        Pod failed = pod(
                "Running",
                null,
                container("sidecar", running()),
                container("learner", terminated(70, "Error", "not finite")));
        assertThat(ending(failed).reason()).isEqualTo("NUMERICS");
        assertThat(PodReading.busy(failed)).isTrue();
    }

    @Test
    void howAnotherContainerEndsSaysNothingOfTheLearner() {
        assertThat(state(pod(
                        "Failed",
                        null,
                        container("sidecar", terminated(1, "Error", "")),
                        container("learner", terminated(0, "Completed", "")))))
                .isInstanceOf(PodState.Succeeded.class);
        assertThat(ending(pod(
                                "Failed",
                                null,
                                container("sidecar", terminated(1, "Error", "")),
                                container("learner", terminated(70, "Error", ""))))
                        .reason())
                .isEqualTo("NUMERICS");

        Pod alone =
                pod("Running", null, container("sidecar", terminated(1, "Error", "")), container("learner", running()));
        alone.getStatus().getContainerStatuses().getLast().setReady(true);
        assertThat(state(alone)).as("the pod is not ready, its learner is").isEqualTo(new PodState.Running(true, null));
    }

    /// The kubelet ends it when the others have ended.
    @Test
    void aSidecarAmongTheInitContainersEndsByItself() {
        Pod done = pod("Running", null, container("learner", terminated(0, "Completed", "")));
        done.getStatus().getInitContainerStatuses().add(container("sidecar", running()));
        assertThat(state(done)).isInstanceOf(PodState.Succeeded.class);
        assertThat(PodReading.busy(done)).as("deleting it would cost the log").isFalse();

        Pod waiting = pod("Pending", null, container("learner", waiting("PodInitializing")));
        waiting.getStatus().getInitContainerStatuses().add(container("fetch", running()));
        assertThat(PodReading.busy(waiting)).isTrue();
    }

    @Test
    void aPodThatIsGoingIsLeftAlone() {
        Pod going = pod("Running", null, container("learner", running()));
        going.getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z");

        assertThat(state(going)).isEqualTo(new PodState.Terminating());
        assertThat(PodReading.busy(going)).isFalse();
    }

    @Test
    void aPodThatItsNodeCannotSetUpSaysWhatItNames() {
        Pod pod = pod("Pending", null, container("learner", waiting("PodInitializing")));
        pod.getMetadata().setNamespace("team-a");
        pod.getStatus()
                .getConditions()
                .add(new PodConditionBuilder()
                        .withType("PodReadyToStartContainers")
                        .withStatus("False")
                        .withLastTransitionTime("2026-01-01T12:00:00Z")
                        .build());
        pod.setSpec(new PodSpecBuilder()
                .addNewVolume()
                .withName("store")
                .withNewPersistentVolumeClaim()
                .withClaimName("run-store")
                .endPersistentVolumeClaim()
                .endVolume()
                .addNewVolume()
                .withName("roles")
                .withNewSecret()
                .withSecretName("run")
                .endSecret()
                .endVolume()
                .addNewVolume()
                .withName("config-prompts")
                .withNewConfigMap()
                .withName("arithmetik")
                .endConfigMap()
                .endVolume()
                .addNewVolume()
                .withName("mine")
                .withNewProjected()
                .addNewSource()
                .withNewSecret()
                .withName("token")
                .addNewItem("value", null, "token")
                .endSecret()
                .endSource()
                .addNewSource()
                .withNewConfigMap()
                .withName("maybe")
                .withOptional(true)
                .endConfigMap()
                .endSource()
                .endProjected()
                .endVolume()
                .addNewVolume()
                .withName("scratch")
                .withNewEmptyDir()
                .endEmptyDir()
                .endVolume()
                .build());
        Instant since = Instant.parse("2026-01-01T12:00:00Z");

        assertThat(PodReading.state(pod, since.plusSeconds(29)))
                .as("every pod is like that for a moment")
                .isEqualTo(new PodState.Waiting("PodInitializing", "container learner: because", false));
        assertThat(PodReading.state(pod, since.plusSeconds(30)))
                .isEqualTo(new PodState.Waiting(
                        "VolumesNotMounted",
                        "for 30 s its node could not mount its volumes, or set up its network. Is all there that it "
                                + "names: claim 'run-store', config map 'arithmetik', secret 'token' (key value)? "
                                + "See kubectl -n team-a describe pod run-learner-0-1",
                        true));

        pod.getStatus().getConditions().getFirst().setStatus("True");
        assertThat(PodReading.state(pod, since.plusSeconds(600)))
                .as("its image is being pulled")
                .isEqualTo(new PodState.Waiting("PodInitializing", "container learner: because", false));
    }

    private static PodState state(Pod pod) {
        return PodReading.state(pod, Instant.MIN);
    }

    private static Ending ending(Pod pod) {
        assertThat(state(pod)).isInstanceOf(PodState.Failed.class);
        return ((PodState.Failed) state(pod)).ending();
    }

    private static Pod pod(
            String phase, @org.jspecify.annotations.Nullable String reason, ContainerStatus... containers) {
        return new PodBuilder()
                .withNewMetadata()
                .withName("run-learner-0-1")
                .addToLabels(Labels.ROLE, Role.LEARNER.word())
                .endMetadata()
                .withStatus(new PodStatusBuilder()
                        .withPhase(phase)
                        .withReason(reason)
                        .withMessage(reason == null ? null : "said of the pod")
                        .withContainerStatuses(containers)
                        .build())
                .build();
    }

    private static ContainerStatus container(String name, ContainerState state) {
        return new ContainerStatusBuilder().withName(name).withState(state).build();
    }

    private static ContainerState running() {
        return new ContainerStateBuilder().withNewRunning().endRunning().build();
    }

    private static ContainerState waiting(String reason) {
        return new ContainerStateBuilder()
                .withNewWaiting()
                .withReason(reason)
                .withMessage("because")
                .endWaiting()
                .build();
    }

    private static ContainerState terminated(int code, String reason, String message) {
        return new ContainerStateBuilder()
                .withNewTerminated()
                .withExitCode(code)
                .withReason(reason)
                .withMessage(message)
                .endTerminated()
                .build();
    }

    private static Pod unschedulable(String message) {
        Pod pod = pod("Pending", null);
        pod.getStatus()
                .getConditions()
                .add(new PodConditionBuilder()
                        .withType("PodScheduled")
                        .withStatus("False")
                        .withReason("Unschedulable")
                        .withMessage(message)
                        .build());
        return pod;
    }
}
