package rl.ballast.cli.traces;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import rl.ballast.protocol.trace.RoutingTraceVerifier;
import rl.ballast.protocol.trace.TraceReport;

/// `ballast traces verify PATH`.
@Command(
        name = "verify",
        description = "Check every rule and checksum of routing traces; exit code 1 if one is corrupt.",
        mixinStandardHelpOptions = true)
final class VerifyCommand extends TraceFilesCommand {
    @Override
    void report(Path file, ObjectNode node, PrintWriter out) throws IOException {
        TraceReport report = RoutingTraceVerifier.verify(file);
        out.println(String.format(
                Locale.ROOT,
                "%s: ok, %d segments of %d rollouts (%d complete), %,d routes, coverage %.4f%%, %.1f bits per route",
                file,
                report.summary().segments(),
                report.rollouts(),
                report.completeRollouts(),
                report.cells(),
                100 * report.coverage(),
                report.bitsPerCell()));
        if (!report.unknown().isEmpty()) {
            out.println("  unknown: " + TraceText.unknown(report.unknown()));
        }
        report.warnings().forEach(warning -> out.println("  warning: " + warning));
        put(node, report);
    }

    private static void put(ObjectNode node, TraceReport report) {
        TraceText.put(node, report.header());
        node.put("bytes", report.summary().bytes())
                .put("sha256", report.summary().sha256())
                .put("segments", report.summary().segments())
                .put("rollouts", report.rollouts())
                .put("completeRollouts", report.completeRollouts())
                .put("rows", report.rows())
                .put("routes", report.cells())
                .put("coverage", report.coverage())
                .put("bitsPerRoute", report.bitsPerCell());
        TraceText.putUnknown(node, report.unknown());
        ArrayNode versions = node.putArray("policyVersions");
        report.policyVersions().forEach(versions::add);
        ArrayNode warnings = node.putArray("warnings");
        report.warnings().forEach(warnings::add);
    }
}
