package rl.ballast.trainer.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.role.FetchConfig;
import rl.ballast.protocol.role.FetchConfig.Item;
import rl.ballast.protocol.role.FetchConfig.Target;
import rl.ballast.protocol.run.RunRef;
import rl.ballast.protocol.run.Source.Url;
import rl.ballast.trainer.LearnerFailure;
import rl.ballast.trainer.fixture.TestRecipe;

class HttpsDownloadIT {
    private static final char[] PASSWORD = "password".toCharArray();
    private static final CountDownLatch END = new CountDownLatch(1);

    private static HttpsServer server;
    private static ExecutorService handlers;
    private static HttpClient client;

    @TempDir
    Path store;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException, GeneralSecurityException, InterruptedException {
        SSLContext tls = selfSigned(folder.resolve("keys"));
        client = HttpClient.newBuilder()
                .sslContext(tls)
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build();
        handlers = Executors.newVirtualThreadPerTaskExecutor();
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(handlers);
        server.setHttpsConfigurator(new HttpsConfigurator(tls));
        server.createContext("/data", exchange -> answer(exchange, 200, "abc".getBytes(StandardCharsets.UTF_8)));
        server.createContext("/model.zip", exchange -> answer(exchange, 200, zip("m/config.json", "m/.git", "m/a/b")));
        server.createContext("/escape.zip", exchange -> answer(exchange, 200, zip("config.json", "../evil")));
        server.createContext("/missing", exchange -> answer(exchange, 404, new byte[0]));
        server.createContext("/broken", exchange -> answer(exchange, 503, new byte[0]));
        server.createContext("/silent", HttpsDownloadIT::fallSilent);
        server.createContext("/downgrade", exchange -> {
            exchange.getResponseHeaders().add("Location", "http://localhost:1/data");
            answer(exchange, 302, new byte[0]);
        });
        server.start();
    }

    @AfterAll
    static void stop() {
        END.countDown();
        server.stop(0);
        handlers.close();
    }

    @Test
    void aFileWithTheRightDigestIsStored() {
        fetch(Target.PROMPTS, "/data", digest("abc".getBytes(StandardCharsets.UTF_8)));

        assertThat(store.resolve("sources/prompts.jsonl")).hasContent("abc");
    }

    @Test
    void aFileWithAnotherDigestIsRefused() {
        LearnerFailure failure = failure(Target.PROMPTS, "/data", "0".repeat(64));

        assertThat(failure.exitCode()).isEqualTo(ExitCode.CORRUPT);
        assertThat(failure).hasMessageContaining("expected sha256 0000").hasMessageContaining("found ba7816bf");
        assertThat(store.resolve("sources/prompts.jsonl")).doesNotExist();
        assertThat(store.resolve("sources/digests.json")).doesNotExist();
    }

    @Test
    void aModelIsAZipOfItsFolder() throws IOException {
        fetch(Target.MODEL, "/model.zip", digest(zip("m/config.json", "m/.git", "m/a/b")));

        assertThat(store.resolve("sources/model/config.json")).hasContent("content of m/config.json");
        assertThat(store.resolve("sources/model")).isDirectoryNotContaining("glob:**.git");
        assertThat(store.resolve("sources/model.zip")).doesNotExist();
    }

    @Test
    void anArchiveThatLeavesItsFolderIsRefused() throws IOException {
        assertThat(failure(Target.MODEL, "/escape.zip", digest(zip("config.json", "../evil"))))
                .hasMessageContaining("entry '../evil' leaves its folder");
        assertThat(store.resolve("sources/model")).doesNotExist();
        assertThat(store.resolve("evil")).doesNotExist();
    }

    @Test
    void whatIsNoArchiveIsRefused() {
        assertThat(failure(Target.MODEL, "/data", digest("abc".getBytes(StandardCharsets.UTF_8))))
                .hasMessageContaining("expected a zip archive of a model's folder");
    }

    @Test
    void statusCodesSayWhetherToTryAgain() {
        assertThat(failure(Target.PROMPTS, "/missing", "0".repeat(64)).exitCode())
                .isEqualTo(ExitCode.CONFIGURATION);
        assertThat(failure(Target.PROMPTS, "/broken", "0".repeat(64)).exitCode())
                .isEqualTo(ExitCode.UNAVAILABLE);
    }

    @Test
    void aServerThatFallsSilentIsLeft() {
        Url url = new Url(address("/silent"), "0".repeat(64));
        HttpsDownload impatient = new HttpsDownload(client, Duration.ofSeconds(3));

        LearnerFailure failure = catchThrowableOfType(
                LearnerFailure.class, () -> impatient.to(new ByteArrayOutputStream(), url, 1000, "source"));

        assertThat(failure.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
        assertThat(failure).hasMessageContaining("sent nothing for");
    }

    @Test
    void aRedirectToPlainHttpIsNotFollowed() {
        assertThat(failure(Target.PROMPTS, "/downgrade", "0".repeat(64))).hasMessageContaining("answered status 302");
    }

    @Test
    void aDownloadStopsAtItsBound() {
        Url url = new Url(address("/data"), "0".repeat(64));

        LearnerFailure failure = catchThrowableOfType(
                LearnerFailure.class, () -> download().to(new ByteArrayOutputStream(), url, 2, "source"));

        assertThat(failure).hasMessageContaining("is larger than the 2 bytes allowed");
    }

    @Test
    void anAddressThatIsNotHttpsIsRefused() {
        Url url = new Url("http://localhost/data", "0".repeat(64));

        LearnerFailure failure = catchThrowableOfType(
                LearnerFailure.class, () -> download().to(new ByteArrayOutputStream(), url, 2, "source"));

        assertThat(failure).hasMessageContaining("expected an address https://HOST/..., found 'http://localhost/data'");
    }

    private void fetch(Target target, String path, String sha256) {
        Item item = new Item(target, null, new Url(address(path), sha256), null);
        FetchConfig config = new FetchConfig(
                new RunRef("n", "u", "d"), store.toString(), false, List.of(item), TestRecipe.demand(0));
        new Fetcher(
                        config,
                        (preset, seed, folder) -> {
                            throw new IllegalStateException("no random model here");
                        },
                        download())
                .run();
    }

    private LearnerFailure failure(Target target, String path, String sha256) {
        return catchThrowableOfType(LearnerFailure.class, () -> fetch(target, path, sha256));
    }

    private static HttpsDownload download() {
        return new HttpsDownload(client, Duration.ofSeconds(60));
    }

    private static String address(String path) {
        return "https://localhost:%d%s".formatted(server.getAddress().getPort(), path);
    }

    private static String digest(byte[] content) {
        return HexFormat.of().formatHex(FileDigest.newDigest().digest(content));
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        try (exchange) {
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private static void fallSilent(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.sendResponseHeaders(200, 100);
            exchange.getResponseBody().write(new byte[10]);
            exchange.getResponseBody().flush();
            END.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static byte[] zip(String... names) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (String name : names) {
                ZipEntry entry = new ZipEntry(name);
                entry.setTime(0);
                zip.putNextEntry(entry);
                new ByteArrayInputStream(("content of " + name).getBytes(StandardCharsets.UTF_8)).transferTo(zip);
                zip.closeEntry();
            }
        }
        return bytes.toByteArray();
    }

    private static SSLContext selfSigned(Path file) throws IOException, GeneralSecurityException, InterruptedException {
        Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        Process process = new ProcessBuilder(
                        keytool.toString(),
                        "-genkeypair",
                        "-alias",
                        "test",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost,ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        "password")
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, PASSWORD);
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(keys);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }
}
