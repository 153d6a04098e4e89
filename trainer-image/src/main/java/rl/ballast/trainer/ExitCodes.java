package rl.ballast.trainer;

import java.io.UncheckedIOException;
import rl.ballast.modeling.config.InvalidModel;
import rl.ballast.modeling.torch.InvalidInput;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.role.InvalidRoleConfig;
import rl.ballast.protocol.store.StoreException;
import rl.ballast.protocol.trace.CorruptTrace;

/// Which exit code a failure has.
public final class ExitCodes {
    private ExitCodes() {}

    public static ExitCode of(Throwable failure) {
        return switch (failure) {
            case LearnerFailure known -> known.exitCode();
            case StoreException.Refused _ -> ExitCode.STORE_REFUSED;
            case StoreException.Corrupt _ -> ExitCode.CORRUPT;
            case StoreException.Unavailable _ -> ExitCode.STORE_IO;
            case InvalidModel _, InvalidRoleConfig _, InvalidInput _ -> ExitCode.CONFIGURATION;
            case CorruptTrace _ -> ExitCode.TRACE_CORRUPT;
            case UncheckedIOException _ -> ExitCode.STORE_IO;
            default -> ExitCode.INTERNAL;
        };
    }
}
