package rl.ballast.cli.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Maps values to pixels, linearly or by logarithm, and chooses round ticks.
record Scale(double low, double high, boolean logarithmic) {

    /// A scale that holds every value; `values` is not empty. Non-positive values force a linear scale.
    static Scale over(double[] values, boolean preferLogarithmic, boolean fromZero) {
        double min = Double.POSITIVE_INFINITY;
        double max = Double.NEGATIVE_INFINITY;
        for (double value : values) {
            min = Math.min(min, value);
            max = Math.max(max, value);
        }
        if (preferLogarithmic && min > 0) {
            return new Scale(
                    Math.pow(10, Math.floor(Math.log10(min))), Math.pow(10, Math.ceil(Math.log10(max) + 1e-9)), true);
        }
        if (fromZero && min > 0) {
            min = 0;
        }
        if (min == 0 && max == 0) {
            return new Scale(0, 1, false);
        }
        if (min == max) {
            double room = Math.abs(min) * 0.1;
            return new Scale(min - room, max + room, false);
        }
        double step = step(min, max);
        return new Scale(Math.floor(min / step + 1e-9) * step, Math.ceil(max / step - 1e-9) * step, false);
    }

    /// A linear scale that ends where the values end.
    static Scale tight(double[] values) {
        Scale round = over(values, false, false);
        double min = Arrays.stream(values).min().orElse(round.low());
        double max = Arrays.stream(values).max().orElse(round.high());
        return min < max ? new Scale(min, max, false) : round;
    }

    /// Position of a value in 0..1.
    double position(double value) {
        if (logarithmic) {
            return (Math.log10(value) - Math.log10(low)) / (Math.log10(high) - Math.log10(low));
        }
        return (value - low) / (high - low);
    }

    List<Double> ticks() {
        List<Double> ticks = new ArrayList<>();
        if (logarithmic) {
            int from = (int) Math.round(Math.log10(low));
            int to = (int) Math.round(Math.log10(high));
            int stride = Math.max(1, (to - from + 4) / 5);
            for (int power = from; power <= to; power += stride) {
                ticks.add(Math.pow(10, power));
            }
            return ticks;
        }
        double step = step(low, high);
        double first = Math.ceil(low / step - 1e-6) * step;
        for (int i = 0; i <= 12 && first + i * step <= high + step * 1e-6; i++) {
            ticks.add(first + i * step);
        }
        return ticks;
    }

    private static double step(double min, double max) {
        double raw = (max - min) / 5;
        double magnitude = Math.pow(10, Math.floor(Math.log10(raw)));
        double fraction = raw / magnitude;
        double nice = fraction <= 1 ? 1 : fraction <= 2 ? 2 : fraction <= 5 ? 5 : 10;
        return nice * magnitude;
    }

    /// Text of a tick: as many digits as tell it from its neighbours.
    String label(double tick) {
        double size = Math.max(Math.abs(low), Math.abs(high));
        double step = step(low, high);
        if (logarithmic || Math.abs(tick) < step * 1e-6 || step > size * 1e-2) {
            return text(Math.abs(tick) < step * 1e-6 ? 0 : tick);
        }
        double base = Math.rint((low + high) / 2 * 1e3) / 1e3;
        double offset = tick - base;
        if (step > size * 1e-4) {
            return String.format(Locale.ROOT, "%." + Math.max(0, (int) Math.ceil(-Math.log10(step))) + "f", tick);
        }
        return Math.abs(offset) < step * 1e-3 ? text(base) : text(base) + (offset > 0 ? "+" : "") + text(offset);
    }

    /// Short text of a value: as many digits as a reader needs.
    static String text(double value) {
        double size = Math.abs(value);
        if (size < 1e-30) {
            return "0";
        }
        if (size >= 1e6 || size < 1e-3) {
            return String.format(Locale.ROOT, "%.1e", value)
                    .replace(".0e", "e")
                    .replace("e+0", "e")
                    .replace("e-0", "e-");
        }
        String digits = String.format(
                Locale.ROOT, size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : size >= 0.01 ? "%.3f" : "%.4f", value);
        return digits.contains(".") ? digits.replaceAll("0+$", "").replaceAll("\\.$", "") : digits;
    }
}
