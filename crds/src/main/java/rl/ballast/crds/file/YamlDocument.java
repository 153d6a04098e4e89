package rl.ballast.crds.file;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/// One document of a YAML file.
///
/// @param file the file's name
/// @param json the content
/// @param lines line (from 1) of every path, spelled as in problems
record YamlDocument(String file, JsonNode json, Map<String, Integer> lines) {

    /// The line of `path`, or of its nearest parent that exists.
    int line(String path) {
        String where = path;
        while (true) {
            Integer line = lines.get(where);
            if (line != null) {
                return line;
            }
            int cut = Math.max(where.lastIndexOf('.'), where.lastIndexOf('['));
            where = cut < 0 ? "" : where.substring(0, cut);
        }
    }
}
