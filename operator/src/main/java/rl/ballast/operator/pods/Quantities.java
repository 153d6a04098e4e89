package rl.ballast.operator.pods;

import io.fabric8.kubernetes.api.model.Quantity;

/// Quantities in the form in which the API server gives them back, so that a comparison finds no difference.
public final class Quantities {
    private static final String[] SUFFIXES = {"", "Ki", "Mi", "Gi", "Ti", "Pi"};

    private Quantities() {}

    public static Quantity bytes(long bytes) {
        int suffix = 0;
        long value = bytes;
        while (suffix < SUFFIXES.length - 1 && value != 0 && value % 1024 == 0) {
            value /= 1024;
            suffix++;
        }
        return new Quantity(Long.toString(value) + SUFFIXES[suffix]);
    }

    static Quantity milliCpu(long milliCpu) {
        return milliCpu % 1000 == 0 ? new Quantity(Long.toString(milliCpu / 1000)) : new Quantity(milliCpu + "m");
    }
}
