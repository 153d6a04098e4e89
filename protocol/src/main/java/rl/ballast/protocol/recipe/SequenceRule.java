package rl.ballast.protocol.recipe;

/// Which whole responses are dropped.
public enum SequenceRule {
    /// The paper: none.
    None,
    /// Geometric rejection (Liu and Li, 2025): the geometric mean of the engine ratio leaves `[sequenceLow,
    /// sequenceHigh]`.
    Geometric,
    /// Off-policy sequence masking (arXiv 2512.02556): negative advantage and mean log(proximal / trainer) above
    /// `opsmDelta`.
    Opsm
}
