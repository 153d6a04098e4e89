package rl.ballast.modeling.tokenizer.jinja;

/// White space and positions of strings as Python sees them: strings are sequences of code points.
final class Strings {
    private Strings() {}

    static boolean isSpace(int c) {
        return (c >= 9 && c <= 13) || (c >= 0x1c && c <= 0x1f) || c == 0x85 || c == 0xa0 || Character.isSpaceChar(c);
    }

    static String stripLeft(String text) {
        int start = 0;
        while (start < text.length() && isSpace(text.charAt(start))) {
            start++;
        }
        return text.substring(start);
    }

    static String stripRight(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    static String stripLeft(String text, String characters) {
        int[] points = text.codePoints().toArray();
        int start = 0;
        while (start < points.length && characters.indexOf(points[start]) >= 0) {
            start++;
        }
        return new String(points, start, points.length - start);
    }

    static String stripRight(String text, String characters) {
        int[] points = text.codePoints().toArray();
        int end = points.length;
        while (end > 0 && characters.indexOf(points[end - 1]) >= 0) {
            end--;
        }
        return new String(points, 0, end);
    }
}
