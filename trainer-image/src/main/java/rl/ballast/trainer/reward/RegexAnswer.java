package rl.ballast.trainer.reward;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.trainer.LearnerFailure;

/// 1 if the first match of a pattern in the response is the answer, apart from white space at both ends; else 0. What
/// is compared is the pattern's first group if it has one, else the whole match.
///
/// A pattern may need exponential time on an unlucky response. The work on one response is bounded by a count of
/// characters looked at, not by a clock, so that the judgement is the same on every machine; a response that needs more
/// gets 0, and is counted and logged.
final class RegexAnswer implements Verifier {
    /// Fractions of a second; ordinary patterns look at a character a few times.
    static final long MAX_LOOKS = 20_000_000;

    private static final Logger LOG = LoggerFactory.getLogger(RegexAnswer.class);

    private final Pattern pattern;
    private final long maxLooks;
    private final AtomicLong abandoned = new AtomicLong();

    RegexAnswer(Pattern pattern, long maxLooks) {
        this.pattern = pattern;
        this.maxLooks = maxLooks;
    }

    static RegexAnswer of(@Nullable String pattern) {
        if (pattern == null) {
            throw new LearnerFailure(ExitCode.CONFIGURATION, "reward.verifier: regex needs reward.pattern");
        }
        try {
            return new RegexAnswer(Pattern.compile(pattern), MAX_LOOKS);
        } catch (PatternSyntaxException e) {
            throw new LearnerFailure(
                    ExitCode.CONFIGURATION,
                    "reward.pattern: expected a regular expression, found '%s': %s at %d"
                            .formatted(pattern, e.getDescription(), e.getIndex()),
                    e);
        }
    }

    @Override
    public double[] judge(List<Candidate> candidates) {
        return candidates.stream()
                .mapToDouble(c ->
                        found(c).filter(c.problem().answer().strip()::equals).isPresent() ? 1 : 0)
                .toArray();
    }

    /// Responses that were given up on.
    long abandoned() {
        return abandoned.get();
    }

    private Optional<String> found(Candidate candidate) {
        Matcher matcher = pattern.matcher(new CountedText(candidate.response(), new long[] {maxLooks}));
        try {
            if (!matcher.find()) {
                return Optional.empty();
            }
            return Optional.ofNullable(matcher.groupCount() > 0 ? matcher.group(1) : matcher.group())
                    .map(String::strip);
        } catch (TooManyLooks | StackOverflowError e) {
            abandoned.incrementAndGet();
            LOG.atWarn()
                    .addKeyValue("problem", candidate.problem().origin())
                    .addKeyValue("responseCharacters", candidate.response().length())
                    .addKeyValue("cause", e.getClass().getSimpleName())
                    .log("reward.pattern needs too much work on a response; its reward is 0");
            return Optional.empty();
        }
    }

    /// Counts down on every character that the matcher looks at; parts share the count.
    private record CountedText(String text, long[] looksLeft) implements CharSequence {
        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            if (--looksLeft[0] < 0) {
                throw new TooManyLooks();
            }
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.substring(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }

    private static final class TooManyLooks extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooManyLooks() {
            super(null, null, false, false);
        }
    }
}
