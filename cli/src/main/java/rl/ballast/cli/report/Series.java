package rl.ballast.cli.report;

import java.util.List;

/// One curve. Points are in ascending order of x; y is finite.
///
/// @param mark how it is drawn
record Series(String name, List<Point> points, Mark mark) {
    record Point(double x, double y) {}

    enum Mark {
        LINE,
        /// Line with a dot per point, for values that are measured now and then.
        DOTS,
        /// Thin line, for bounds.
        THIN
    }

    Series {
        points = List.copyOf(points);
    }

    /// The same curve in another unit.
    Series scaled(double factor) {
        return new Series(
                name, points.stream().map(p -> new Point(p.x(), p.y() * factor)).toList(), mark);
    }
}
