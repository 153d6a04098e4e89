package rl.ballast.cli.numerics;

import java.util.Arrays;
import java.util.List;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.trace.Routes;

/// Routes in JSON, `[rows][layers][k]`: the experts of each cell in any order, or -1 in all slots of a cell that is
/// unknown.
final class RoutesField {
    private RoutesField() {}

    /// @param rows expected number of rows; one less is accepted if `lastMayBeMissing`, the last row is then
    ///        unknown
    static Routes read(InputField field, ModelConfig config, int rows, boolean lastMayBeMissing) {
        int layers = config.moeLayerIndices().length;
        if (layers == 0) {
            throw new BadInput(field.file(), field.path(), "no routes: the model is dense", "routes");
        }
        Routes routes = new Routes(rows, layers, config.expertsPerToken());
        List<InputField> given = field.items();
        if (given.size() != rows && !(lastMayBeMissing && given.size() == rows - 1)) {
            String expected = lastMayBeMissing ? "%d or %d rows".formatted(rows - 1, rows) : rows + " rows";
            throw new BadInput(field.file(), field.path(), expected + " (one per fed token)", given.size() + " rows");
        }
        for (int row = 0; row < given.size(); row++) {
            List<InputField> cells = given.get(row).items(layers, "one per MoE layer");
            for (int layer = 0; layer < layers; layer++) {
                cell(cells.get(layer), config, routes, row, layer);
            }
        }
        return routes;
    }

    private static void cell(InputField cell, ModelConfig config, Routes routes, int row, int layer) {
        cell.items(config.expertsPerToken(), "experts per token");
        int[] ids = cell.integers();
        if (Arrays.stream(ids).allMatch(id -> id == -1)) {
            return;
        }
        Arrays.sort(ids);
        for (int slot = 0; slot < ids.length; slot++) {
            if (ids[slot] < 0 || ids[slot] >= config.numExperts() || (slot > 0 && ids[slot] == ids[slot - 1])) {
                throw cell.wrong("distinct experts from 0 to %d, or only -1".formatted(config.numExperts() - 1));
            }
        }
        routes.set(row, layer, ids, 0);
    }
}
