package rl.ballast.modeling.torch;

/// libtorch cannot be loaded, or is not the one that this program was built for. Not retried: the installation is
/// at fault.
public final class TorchUnavailable extends RuntimeException {
    public TorchUnavailable(String message) {
        super(message);
    }

    public TorchUnavailable(String message, Throwable cause) {
        super(message, cause);
    }
}
