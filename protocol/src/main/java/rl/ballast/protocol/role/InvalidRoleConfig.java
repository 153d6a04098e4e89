package rl.ballast.protocol.role;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A role's configuration file is missing, broken or incomplete. The message names the file and the field.
public final class InvalidRoleConfig extends RuntimeException {
    private static final long serialVersionUID = 1L;

    InvalidRoleConfig(Path file, String field, String problem, @Nullable Throwable cause) {
        super("%s%s: %s".formatted(file, field.isEmpty() ? "" : ", field " + field, problem), cause);
    }
}
