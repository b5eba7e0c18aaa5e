package io.millrace.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ops.cli.MainTest.Ran;
import io.millrace.ops.dashboard.Dashboard;
import io.millrace.ops.it.ServingHttp;
import io.millrace.serving.embed.ModelVersion;
import io.millrace.serving.http.ApiSettings;
import io.millrace.serving.index.IndexedVector;
import io.millrace.serving.index.SearchSettings;
import io.millrace.serving.index.VectorIndex;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code millrace search} against the serving routes over a real small model. */
class SearchCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int IMAGES = 4;

  @TempDir Path dir;

  @Test
  void findsByIdAndByPictureAndSaysWhatItCanNot() throws Exception {
    var index = new AtomicReference<@Nullable VectorIndex>();
    try (var http = new ServingHttp(dir, ApiSettings.defaults(), index::get)) {
      http.release("byol");
      Ran early = search(http.address(), "i1");
      assertThat(early.code()).isEqualTo(1);
      assertThat(early.err()).contains("status 503: no version is complete yet").hasLineCount(1);
      try (VectorIndex made = filled(http.address())) {
        index.set(made);

        List<String> table = search(http.address(), "i1", "--k", "3").out().lines().toList();
        assertThat(table.get(0)).matches("rank +image +subject +similarity +source");
        assertThat(table.get(1)).matches("1 +i1 +file1.png +1.000 +right");
        assertThat(table.get(2)).startsWith("2 ").endsWith("left");
        assertThat(table).hasSize(5).last().isEqualTo("version 1 of model, 4 images");

        JsonNode byPicture =
            JSON.readTree(
                search(http.address(), "--image", picture(2).toString(), "--json", "--k", "2")
                    .out());
        assertThat(byPicture.path("neighbours")).hasSize(2);
        JsonNode first = byPicture.path("neighbours").path(0);
        assertThat(first.path("id").asText()).isEqualTo("i2");
        assertThat(first.path("cosine").asDouble()).isGreaterThan(0.999);

        assertThat(
                search(http.address(), "i1", "--filter", "source=left", "--filter", "tenant=t2")
                    .out()
                    .lines()
                    .skip(1))
            .first()
            .asString()
            .matches("1 +i2 +file2.png +\\S+ +left");
        assertThat(search(http.address(), "i1", "--filter", "source=none").out())
            .isEqualToIgnoringNewLines("no image fits: version 1 of model, 4 images");

        Ran unknown = search(http.address(), "i9");
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.err()).contains("404: no image 'i9' has an embedding of model@1");
        assertThat(search(http.address(), "i1", "--k", "0").err())
            .contains("k is 0: expected 1 to");
        assertThat(search(http.address(), "i1", "--filter", "tennant=a").err())
            .contains("filter.tennant is unknown: expected source, from, until");
        Path text = Files.writeString(dir.resolve("text"), "no picture");
        assertThat(search(http.address(), "--image", text.toString()).err()).contains("400: image");
      } finally {
        index.set(null);
      }
    }
  }

  @Test
  void wrongUseAndNoServingAndAWrongTokenAreNamed() throws Exception {
    assertThat(search("http://127.0.0.1:1", "x").err())
        .contains("no Millrace process answers at http://127.0.0.1:1/search");
    Ran none = search("http://127.0.0.1:1");
    assertThat(none.code()).isEqualTo(2);
    assertThat(none.err()).contains("ID", "--image");
    assertThat(search("http://127.0.0.1:1", "x", "--image", "y").code()).isEqualTo(2);
    Ran missing = search("http://127.0.0.1:1", "--image", dir.resolve("none.jpg").toString());
    assertThat(missing.code()).isEqualTo(2);
    assertThat(missing.err()).contains("--image: there is no file " + dir.resolve("none.jpg"));

    Path token = dir.resolve("token");
    try (Dashboard dashboard = MainTest.withProtectedReads(token)) {
      String url = "http://127.0.0.1:" + dashboard.port();
      Path wrong = Files.writeString(dir.resolve("wrong"), "wrong");
      assertThat(search(url, "x", "--token-file", wrong.toString()).err())
          .contains("status 401: the bearer token is wrong", "--token-file");
      assertThat(search(url, "x", "--token-file", token.toString()).err())
          .contains("404", "it is of the role serving, which this process has not");
    }
  }

  private static Ran search(String url, String... args) {
    return MainTest.run(
        Stream.concat(Stream.of("search", "--url", url), Arrays.stream(args))
            .toArray(String[]::new));
  }

  /** The pictures' own embeddings, as the routes give them. */
  private VectorIndex filled(String address) throws Exception {
    VectorIndex out =
        VectorIndex.open(
            dir.resolve("index"),
            new ModelVersion("model", 1),
            "log",
            SearchSettings.defaults(),
            0);
    for (int i = 0; i < IMAGES; i++) {
      var headers = new TreeMap<>(Map.of("ce_subject", "file" + i + ".png", "tenant", "t" + i));
      out.put(
          new IndexedVector(
              "i" + i, embedding(address, i), i == 1 ? "right" : "left", headers, 1000L * i, 0, i));
    }
    out.refresh();
    return out;
  }

  private float[] embedding(String address, int i) throws Exception {
    String body =
        "{\"inputs\":[{\"name\":\"images\",\"datatype\":\"BYTES\",\"shape\":[1],\"data\":[\"%s\"]}]}"
            .formatted(Base64.getEncoder().encodeToString(Files.readAllBytes(picture(i))));
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(address + "/v2/models/embed/infer"))
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    JsonNode data = JSON.readTree(answer.body()).at("/outputs/0/data");
    float[] out = new float[data.size()];
    for (int j = 0; j < out.length; j++) {
      out[j] = (float) data.get(j).asDouble();
    }
    return out;
  }

  /** A picture like no other: a bar at a place and in a color of its own. */
  private Path picture(int i) throws IOException {
    var image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 16; y++) {
      for (int x = 4 * i; x < 4 * i + 4; x++) {
        image.setRGB(x, y, 0xFF << 8 * (i % 3));
      }
    }
    Path file = dir.resolve("picture" + i + ".png");
    ImageIO.write(image, "png", file.toFile());
    return file;
  }
}
