package rl.ballast.crds.schema;

/// Spelling of paths in problems.
final class Paths {
    private Paths() {}

    static String child(String parent, String name) {
        return parent.isEmpty() ? name : parent + "." + name;
    }

    static String item(String parent, int index) {
        return parent + "[" + index + "]";
    }

    /// Whether `path` is `ancestor` or lies below it.
    static boolean within(String path, String ancestor) {
        return ancestor.isEmpty()
                || path.equals(ancestor)
                || path.startsWith(ancestor + ".")
                || path.startsWith(ancestor + "[");
    }
}
