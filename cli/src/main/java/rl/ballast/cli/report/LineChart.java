package rl.ballast.cli.report;

import java.util.List;
import java.util.Locale;

/// A line chart as inline SVG. Colours come from the page's style sheet (`s0`, `s1`, ...), so that it follows dark mode
/// and prints.
///
/// @param note one sentence that says how to read it
record LineChart(String title, String note, String xLabel, List<Series> series, boolean logarithmic, boolean fromZero) {
    private static final int WIDTH = 640;
    private static final int HEIGHT = 260;
    private static final int LEFT = 64;
    private static final int RIGHT = 12;
    private static final int TOP = 10;
    private static final int BOTTOM = 38;

    LineChart {
        series = series.stream().filter(s -> !s.points().isEmpty()).toList();
    }

    boolean isEmpty() {
        return series.isEmpty();
    }

    String svg() {
        Scale x = Scale.tight(series.stream()
                .flatMap(s -> s.points().stream())
                .mapToDouble(Series.Point::x)
                .toArray());
        Scale y = Scale.over(
                series.stream()
                        .flatMap(s -> s.points().stream())
                        .mapToDouble(Series.Point::y)
                        .toArray(),
                logarithmic,
                fromZero);
        StringBuilder out = new StringBuilder();
        out.append("<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">"
                .formatted(WIDTH, HEIGHT, Html.escape(title)));
        axes(out, x, y);
        for (int i = 0; i < series.size(); i++) {
            draw(out, series.get(i), i, x, y);
        }
        return out.append("</svg>").toString();
    }

    private void axes(StringBuilder out, Scale x, Scale y) {
        for (double tick : y.ticks()) {
            double at = pixelY(y, tick);
            line(out, "grid", LEFT, at, WIDTH - RIGHT, at);
            text(out, LEFT - 6, at + 4, "end", y.label(tick));
        }
        for (double tick : x.ticks()) {
            double at = pixelX(x, tick);
            line(out, "tick", at, HEIGHT - BOTTOM, at, HEIGHT - BOTTOM + 4);
            text(out, at, HEIGHT - BOTTOM + 16, "middle", x.label(tick));
        }
        line(out, "axis", LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM);
        text(out, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 6, "middle", Html.escape(xLabel));
    }

    private static void draw(StringBuilder out, Series one, int index, Scale x, Scale y) {
        StringBuilder path = new StringBuilder();
        for (Series.Point point : one.points()) {
            path.append(path.isEmpty() ? 'M' : 'L')
                    .append(number(pixelX(x, point.x())))
                    .append(' ');
            path.append(number(pixelY(y, point.y())));
        }
        out.append("<path class=\"s%d %s\" d=\"%s\"/>"
                .formatted(index, one.mark().name().toLowerCase(Locale.ROOT), path));
        if (one.mark() == Series.Mark.DOTS || one.points().size() == 1) {
            for (Series.Point point : one.points()) {
                out.append("<circle class=\"s%d\" cx=\"%s\" cy=\"%s\" r=\"3.5\"><title>%s %s: %s</title></circle>"
                        .formatted(
                                index,
                                number(pixelX(x, point.x())),
                                number(pixelY(y, point.y())),
                                Html.escape(one.name()),
                                Scale.text(point.x()),
                                Scale.text(point.y())));
            }
        }
    }

    private static double pixelX(Scale scale, double value) {
        return LEFT + scale.position(value) * (WIDTH - LEFT - RIGHT);
    }

    private static double pixelY(Scale scale, double value) {
        return HEIGHT - BOTTOM - scale.position(value) * (HEIGHT - TOP - BOTTOM);
    }

    private static void line(StringBuilder out, String style, double x1, double y1, double x2, double y2) {
        out.append("<line class=\"%s\" x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\"/>"
                .formatted(style, number(x1), number(y1), number(x2), number(y2)));
    }

    private static void text(StringBuilder out, double x, double y, String anchor, String content) {
        out.append("<text x=\"%s\" y=\"%s\" text-anchor=\"%s\">%s</text>"
                .formatted(number(x), number(y), anchor, content));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
