package io.millrace.ops.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.javalin.Javalin;
import io.millrace.ingest.stream.PropagatedHeaders;
import io.millrace.learner.release.MemoryReleaseLog;
import io.millrace.learner.release.ReleaseDecisions;
import io.millrace.learner.release.ReleaseLog;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Precision;
import io.millrace.ops.metrics.MeteredApi;
import io.millrace.ops.metrics.Meters;
import io.millrace.serving.embed.ModelRunner;
import io.millrace.serving.http.AccessToken;
import io.millrace.serving.http.ApiSettings;
import io.millrace.serving.http.ReleaseCatalog;
import io.millrace.serving.http.RequestDecoder;
import io.millrace.serving.http.ServingApi;
import io.millrace.serving.index.SearchSettings;
import io.millrace.serving.index.VectorIndex;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The serving routes on a server of their own, over releases in a folder; no Kafka. */
public final class ServingHttp implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();

  final ReleaseLog log = new MemoryReleaseLog();
  final Path releases;
  final List<String> acts = new ArrayList<>();
  final String token;
  final Meters meters = new Meters();
  final HttpClient client = HttpClient.newHttpClient();
  private final RequestDecoder decoder;
  private final ServingApi api;
  private final Javalin server;

  public ServingHttp(Path dir, ApiSettings settings, Supplier<@Nullable VectorIndex> index)
      throws IOException {
    decoder = new RequestDecoder(settings);
    releases = dir.resolve("releases");
    Path tokenFile = dir.resolve("http-token");
    AccessToken access = AccessToken.in(tokenFile);
    token = Files.readString(tokenFile).strip();
    api =
        new ServingApi(
            settings,
            SearchSettings.defaults(),
            PropagatedHeaders.defaults().names(),
            access,
            "127.0.0.1",
            new Book(),
            new ModelRunner(
                new ReleaseReader(releases),
                ServingHttp::engine,
                settings.loadedReleases(),
                settings.maxWaiting()),
            index,
            decoder,
            new MeteredApi(meters));
    server = Javalin.create(api::register).start("127.0.0.1", 0);
  }

  static Engine engine() {
    return Engines.open("torch", EngineOptions.cpu(Precision.FLOAT32));
  }

  /** Learns one step by a method and releases what came of it. */
  public ReleaseManifest release(String method) throws IOException {
    try (Engine engine = engine()) {
      return ReleasedModels.release(method, engine, log, releases);
    }
  }

  /** What registers the routes. */
  public ServingApi api() {
    return api;
  }

  /** Where it answers. */
  public String address() {
    return "http://127.0.0.1:" + server.port();
  }

  HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(URI.create(address() + path));
  }

  HttpResponse<byte[]> post(String path, byte[] body, String... headers) {
    HttpRequest.Builder request = to(path).POST(HttpRequest.BodyPublishers.ofByteArray(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request);
  }

  HttpResponse<byte[]> send(HttpRequest.Builder request) {
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  static JsonNode json(HttpResponse<byte[]> answer) {
    try {
      return JSON.readTree(answer.body());
    } catch (IOException e) {
      throw new AssertionError(new String(answer.body(), java.nio.charset.StandardCharsets.UTF_8));
    }
  }

  private final class Book implements ReleaseCatalog {
    @Override
    public String model() {
      return ReleasedModels.MODEL;
    }

    @Override
    public List<ReleaseManifest> releases() {
      return log.releases(ReleasedModels.MODEL);
    }

    @Override
    public OptionalLong serving() {
      return log.serving(ReleasedModels.MODEL);
    }

    @Override
    public void promote(long version) {
      if (version > releases().size()) {
        throw new IllegalArgumentException("there is no version " + version);
      }
      acts.add("promote " + version);
    }

    @Override
    public void reject(long version, String why) {
      acts.add("reject " + version + " " + why);
    }

    @Override
    public OptionalLong promoted() {
      return serving();
    }

    @Override
    public OptionalLong rollbackTarget() {
      return OptionalLong.empty();
    }

    @Override
    public ReleaseDecisions.RolledBack rollback() {
      acts.add("rollback");
      return new ReleaseDecisions.RolledBack(2, 1);
    }

    @Override
    public void forget(String imageId) {
      acts.add("forget " + imageId);
    }
  }

  @Override
  public void close() {
    api.close();
    server.stop();
    decoder.close();
    meters.close();
  }
}
