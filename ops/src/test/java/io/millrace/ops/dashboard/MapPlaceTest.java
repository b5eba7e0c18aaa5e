package io.millrace.ops.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ops.health.Health;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code POST /api/map/place}. */
class MapPlaceTest {
  private final DashboardState state = new DashboardState(SampleStatus.empty(Instant.EPOCH));
  private final Dashboard dashboard =
      Dashboard.start(
          HttpConfig.defaults().withPort(0),
          DashboardContext.of(state, new Health(Clock.systemUTC()))
              .with(new SampleExplorer(state.images())));

  @AfterEach
  void close() {
    dashboard.close();
  }

  @Test
  void tellsWhereAnEmbeddingLies() throws Exception {
    HttpResponse<String> projected = ask("", "{\"version\":2,\"vector\":[0.5,-2,1]}");
    assertThat(projected.statusCode()).isEqualTo(200);
    assertThat(json(projected))
        .isEqualTo(
            new ObjectMapper()
                .readTree(
                    "{\"version\":2,\"layout\":\"pca\",\"x\":0.5,\"y\":-2.0,\"neighbors\":0}"));
    HttpResponse<String> mean = ask("?layout=umap", "{\"version\":2,\"vector\":[0.5,-2,1]}");
    assertThat(json(mean).path("neighbors").asInt()).isEqualTo(15);
  }

  @Test
  void saysWhatIsWrong() throws Exception {
    refuses(ask("", "{\"version\":7,\"vector\":[1,2,3]}"), 404, "version", "pca of release 7");
    refuses(ask("?layout=tsne", "{}"), 400, "layout", "expected pca or umap");
    for (String body :
        new String[] {
          "", "[]", "{\"vector\":[1]}", "{\"version\":2}", "{\"version\":2,\"vector\":null}"
        }) {
      refuses(ask("", body), 400, "body", "expected {\"version\"");
    }
  }

  private static void refuses(HttpResponse<String> answer, int status, String field, String words)
      throws Exception {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(json(answer).path("field").asText()).isEqualTo(field);
    assertThat(json(answer).path("error").asText()).contains(words);
  }

  private HttpResponse<String> ask(String query, String body) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + dashboard.port() + "/api/map/place" + query))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }

  private static JsonNode json(HttpResponse<String> answer) throws Exception {
    return new ObjectMapper().readTree(answer.body());
  }
}
