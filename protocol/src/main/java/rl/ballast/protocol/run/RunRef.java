package rl.ballast.protocol.run;

/// Which run. `uid` is the object's UID on a cluster and a random UUID locally; `specDigest` is SHA-256 (hex) of the
/// canonical JSON of the defaulted spec without fields that may change during a run.
public record RunRef(String name, String uid, String specDigest) {}
