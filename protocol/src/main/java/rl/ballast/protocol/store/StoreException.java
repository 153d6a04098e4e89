package rl.ballast.protocol.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Something is wrong with the run's folder. The subclass says who can help.
public abstract sealed class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private StoreException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /// The folder belongs to another run or model, or another process holds it. A person must decide.
    public static final class Refused extends StoreException {
        private static final long serialVersionUID = 1L;

        public Refused(String message) {
            super(message, null);
        }
    }

    /// A file is not what its format says. Trying again would read the same.
    public static final class Corrupt extends StoreException {
        private static final long serialVersionUID = 1L;

        public Corrupt(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /// Reading or writing failed. Worth another attempt later.
    public static sealed class Unavailable extends StoreException {
        private static final long serialVersionUID = 1L;

        Unavailable(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /// The volume or the quota is full; nothing was changed. Worth another attempt once there is room.
    public static final class Full extends Unavailable {
        private static final long serialVersionUID = 1L;

        Full(Path path, IOException cause) {
            super(
                    "%s: the volume is full or over its quota (%s). Nothing was replaced. Free space or enlarge the storage, then resume the run"
                            .formatted(path, describe(cause)),
                    cause);
        }
    }

    /// The failure behind an [IOException] on `path`.
    ///
    /// @param action what was tried, for example `write`
    public static StoreException of(Path path, String action, IOException cause) {
        String text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
        if (text.contains("no space left") || text.contains("quota exceeded") || text.contains("not enough space")) {
            return new Full(path, cause);
        }
        return new Unavailable("%s: could not %s it: %s".formatted(path, action, describe(cause)), cause);
    }

    private static String describe(IOException cause) {
        return cause.getClass().getSimpleName() + ": " + cause.getMessage();
    }
}
