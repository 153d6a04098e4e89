package rl.ballast.e2e.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/// Serves the files of a folder over HTTPS, at the address of the cluster's node, with a certificate of its own.
final class HttpsFiles implements AutoCloseable {
    static final String TRUST_PASSWORD = "trusted";
    private static final int PORT = 8443;

    private final Path folder;
    private final String address;
    private final Process server;

    private HttpsFiles(Path folder, String address, Process server) {
        this.folder = folder;
        this.address = address;
        this.server = server;
    }

    /// @param folder with the files; gets those of the server, too
    /// @throws org.opentest4j.TestAbortedException if nothing can be started in the network of this cluster
    static HttpsFiles serve(Path folder) throws IOException {
        Cluster.script("exec", "true").orFail();
        String address =
                Cluster.shared().client().nodes().list().getItems().getFirst().getStatus().getAddresses().stream()
                        .filter(each -> "InternalIP".equals(each.getType()))
                        .findFirst()
                        .orElseThrow()
                        .getAddress();
        Path certificate = folder.resolve("certificate.pem");
        Path key = folder.resolve("key.pem");
        Shell.run(
                        Duration.ofMinutes(1),
                        Map.of(),
                        List.of(
                                "openssl",
                                "req",
                                "-x509",
                                "-newkey",
                                "rsa:2048",
                                "-nodes",
                                "-days",
                                "1",
                                "-subj",
                                "/CN=files",
                                "-addext",
                                "subjectAltName=IP:" + address,
                                "-keyout",
                                key.toString(),
                                "-out",
                                certificate.toString()))
                .orFail();
        Path log = folder.resolve("server.log");
        ProcessBuilder builder = new ProcessBuilder(
                        Shell.root().resolve("ballast").toString(),
                        "cluster",
                        "exec",
                        "openssl",
                        "s_server",
                        "-accept",
                        Integer.toString(PORT),
                        "-WWW",
                        "-cert",
                        certificate.toString(),
                        "-key",
                        key.toString())
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        var files = new HttpsFiles(folder, address, builder.start());
        Awaitility.await("the server of files")
                .atMost(Duration.ofSeconds(30))
                .until(() -> Files.readString(log).contains("ACCEPT"));
        return files;
    }

    /// A source of a run.
    String source(String file) throws IOException, GeneralSecurityException {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(folder.resolve(file)));
        return "{url: {https: 'https://%s:%d/%s', sha256: '%s'}}"
                .formatted(address, PORT, file, HexFormat.of().formatHex(digest));
    }

    /// A PKCS#12 file that trusts this server.
    byte[] trustStore() throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (InputStream certificate = Files.newInputStream(folder.resolve("certificate.pem"))) {
            store.setCertificateEntry(
                    "files", CertificateFactory.getInstance("X.509").generateCertificate(certificate));
        }
        var bytes = new java.io.ByteArrayOutputStream();
        store.store(bytes, TRUST_PASSWORD.toCharArray());
        return bytes.toByteArray();
    }

    @Override
    public void close() {
        server.descendants().forEach(ProcessHandle::destroy);
        server.destroy();
    }
}
