package rl.ballast.crds.plan;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Byte counts with binary suffixes, as the schema's patterns allow them.
final class Quantity {
    private static final Pattern FORM = Pattern.compile("([0-9]+)(|Ki|Mi|Gi|Ti|Pi)");
    private static final List<String> SUFFIXES = List.of("", "Ki", "Mi", "Gi", "Ti", "Pi");

    private Quantity() {}

    /// @throws IllegalArgumentException if the text is no such count or does not fit in 63 bits
    static long bytes(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("expected a number of bytes such as 256Mi, found '%s'".formatted(text));
        }
        long number = Long.parseLong(matcher.group(1));
        int shift = 10 * SUFFIXES.indexOf(matcher.group(2));
        if (number > Long.MAX_VALUE >> shift) {
            throw new IllegalArgumentException("expected fewer than 2^63 bytes, found '%s'".formatted(text));
        }
        return number << shift;
    }
}
