package io.millrace.ops.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.learner.release.ReleaseDecisions;
import io.millrace.serving.embed.ModelVersion;
import io.millrace.serving.http.ApiSettings;
import io.millrace.serving.index.SearchSettings;
import io.millrace.serving.index.VectorIndex;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several versions side by side: the last ones stay loaded, each answers for itself alone. */
class LoadedReleasesTest {
  @TempDir Path dir;

  @Test
  void theLastOnesStayLoadedAndEachAnswersForItself() throws Exception {
    var index = new AtomicReference<@Nullable VectorIndex>();
    assertThat(ApiSettings.defaults().loadedReleases()).isEqualTo(2);
    try (ServingHttp http = new ServingHttp(dir, ApiSettings.defaults(), index::get)) {
      http.release("byol");
      http.release("simclr");
      String first = vector(http, 1);
      String second = vector(http, 2);
      assertThat(first).isNotEqualTo(second);
      assertThat(vector(http, 1)).as("both are loaded").isEqualTo(first);

      // A release that is loaded needs its files no more.
      try (Stream<Path> files = Files.list(http.releases)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      http.release("moco");
      assertThat(vector(http, 1)).isEqualTo(first);
      assertThat(vector(http, 2)).isEqualTo(second);
      assertThat(vector(http, 3)).isNotIn(first, second);
      assertThat(vector(http, 2)).as("used after version 1, so it stays").isEqualTo(second);
      HttpResponse<byte[]> gone = embed(http, 1);
      assertThat(gone.statusCode()).isEqualTo(503);
      assertThat(text(gone)).contains("model@1");

      // SimCLR has no teacher: the release itself is one.
      JsonNode taught =
          ServingHttp.json(
              http.post("/v2/models/teacher/versions/2/infer", ServingApiTest.pixels(1)));
      assertThat(taught.path("outputs").findValuesAsText("name")).containsExactly("teacher");

      // A version that was rolled back is listed with the reason and answers no more.
      http.release("byol");
      assertThat(new ReleaseDecisions(http.log, ReleasedModels.MODEL).rollback().to()).isEqualTo(3);
      assertThat(
              http.post("/v2/models/embed/infer", ServingApiTest.pixels(1))
                  .headers()
                  .firstValue("Millrace-Model-Version"))
          .hasValue("model@3");
      HttpResponse<byte[]> rejected = embed(http, 4);
      assertThat(rejected.statusCode()).isEqualTo(409);
      assertThat(text(rejected)).contains("model@4", "rejected");
      JsonNode listed = ServingHttp.json(http.send(http.to("/api/releases"))).get(3);
      assertThat(listed.path("gate").asText()).isEqualTo("rejected");
      assertThat(listed.path("gateReason").asText()).isEqualTo("rolled back to version 3");

      index.set(
          VectorIndex.open(
              dir.resolve("index"),
              new ModelVersion(ReleasedModels.MODEL, 3),
              "log",
              SearchSettings.defaults(),
              0));
      HttpResponse<byte[]> other =
          http.post("/search", "{\"vector\":[1,0],\"version\":2}".getBytes(StandardCharsets.UTF_8));
      assertThat(other.statusCode()).isEqualTo(409);
      assertThat(text(other)).contains("model@2", "model@3");
    } finally {
      VectorIndex made = index.get();
      if (made != null) {
        made.close();
      }
    }
  }

  /** The embedding that a version gives; the answer names that version. */
  private static String vector(ServingHttp http, long version) {
    HttpResponse<byte[]> answer = embed(http, version);
    assertThat(answer.statusCode()).as(text(answer)).isEqualTo(200);
    assertThat(answer.headers().firstValue("Millrace-Model-Version")).hasValue("model@" + version);
    assertThat(ServingHttp.json(answer).path("model_version").asText()).isEqualTo("" + version);
    return ServingHttp.json(answer).path("outputs").get(0).path("data").toString();
  }

  private static HttpResponse<byte[]> embed(ServingHttp http, long version) {
    return http.post("/v2/models/embed/versions/" + version + "/infer", ServingApiTest.pixels(1));
  }

  private static String text(HttpResponse<byte[]> answer) {
    return new String(answer.body(), StandardCharsets.UTF_8);
  }
}
