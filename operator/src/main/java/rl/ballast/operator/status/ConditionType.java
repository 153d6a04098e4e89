package rl.ballast.operator.status;

/// Types of conditions. `docs/design/operator.md` says what each means.
public enum ConditionType {
    Accepted,
    Ready,
    Reconciling,
    Stalled,
    Suspended,
    Complete,
    Failed,
    WeightsCurrent,
    TracesHealthy,
    PolicyStable
}
