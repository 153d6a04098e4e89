package rl.ballast.modeling.torch;

/// A forward pass was asked for something that the model cannot do: the caller's data are at fault.
public final class InvalidInput extends IllegalArgumentException {
    public InvalidInput(String message) {
        super(message);
    }
}
