package rl.ballast.rollout.cache;

import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.role.ServedPrecision;

/// Under which weights keys and values were computed: blocks of different weights are never shared.
public record CacheKey(PolicyVersion version, ServedPrecision precision) {}
