package rl.ballast.operator.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import org.junit.jupiter.api.Test;

class PodReadingTest {
    @Test
    void aPodThatWaitsForAVolumeIsNotOneThatFitsNowhere() {
        String unbound = "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.";
        assertThat(PodReading.state(unschedulable(unbound)))
                .isEqualTo(new PodState.Waiting("VolumePending", unbound, true));
        String full = "0/1 nodes are available: 1 Insufficient cpu.";
        assertThat(PodReading.state(unschedulable(full))).isEqualTo(new PodState.Waiting("Unschedulable", full, true));
    }

    private static Pod unschedulable(String message) {
        return new PodBuilder()
                .withNewMetadata()
                .withName("run-learner-0-1")
                .endMetadata()
                .withNewStatus()
                .withPhase("Pending")
                .addNewCondition()
                .withType("PodScheduled")
                .withStatus("False")
                .withReason("Unschedulable")
                .withMessage(message)
                .endCondition()
                .endStatus()
                .build();
    }
}
