package io.millrace.learner.bench;

import io.javalin.Javalin;
import io.millrace.learner.release.ReleaseDecisions;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Precision;
import io.millrace.serving.embed.ModelRunner;
import io.millrace.serving.http.AccessToken;
import io.millrace.serving.http.ApiSettings;
import io.millrace.serving.http.ReleaseCatalog;
import io.millrace.serving.http.RequestDecoder;
import io.millrace.serving.http.ServingApi;
import io.millrace.serving.index.SearchSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** The serving routes over one release, without Kafka, on a free port of the loopback address. */
final class CallServer implements AutoCloseable {
  private final Path folder = Files.createTempDirectory("millrace-calls-");
  private final RequestDecoder decoder;
  private final ServingApi api;
  private final Javalin server;

  /**
   * @param release a promoted one
   * @param releases folder of its weights
   */
  CallServer(ReleaseManifest release, Path releases) throws IOException {
    ApiSettings settings = ApiSettings.defaults();
    decoder = new RequestDecoder(settings);
    api =
        new ServingApi(
            settings,
            SearchSettings.defaults(),
            AccessToken.in(folder.resolve("http-token")),
            "127.0.0.1",
            new One(release),
            new ModelRunner(
                new ReleaseReader(releases),
                () -> Engines.open("torch", EngineOptions.cpu(Precision.FLOAT32)),
                1,
                settings.maxWaiting()),
            () -> null,
            decoder);
    server = Javalin.create(api::register).start("127.0.0.1", 0);
  }

  String address() {
    return "http://127.0.0.1:" + server.port();
  }

  @Override
  public void close() throws IOException {
    api.close();
    server.stop();
    decoder.close();
    Files.delete(folder.resolve("http-token"));
    Files.delete(folder);
  }

  /** A catalog of one release, read-only. */
  private record One(ReleaseManifest release) implements ReleaseCatalog {
    @Override
    public String model() {
      return release.model();
    }

    @Override
    public List<ReleaseManifest> releases() {
      return List.of(release);
    }

    @Override
    public OptionalLong serving() {
      return OptionalLong.of(release.version());
    }

    @Override
    public void promote(long version) {
      throw new IllegalArgumentException("this server has one release");
    }

    @Override
    public void reject(long version, String why) {
      throw new IllegalArgumentException("this server has one release");
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
      throw new IllegalArgumentException("this server has one release");
    }

    @Override
    public void forget(String imageId) {
      throw new IllegalArgumentException("this server has no images");
    }
  }
}
